namespace Natflow.Netlink.Sysctls;

/// <summary>
/// Kernel parameters that a program needs while it runs: sets them, remembers what they were, and puts them back in reverse order. One thread.
/// </summary>
/// <remarks>
/// A parameter that somebody else changed meanwhile is left alone. A killed process restores nothing: keep <see cref="Changed"/> where
/// the next start finds it.
/// </remarks>
public sealed class SysctlScope : IDisposable
{
    private readonly string? _namespaceName;
    private readonly List<SysctlResult> _changed = [];

    /// <summary>Opens a scope.</summary>
    /// <param name="namespaceName">As <c>ip netns list</c> shows it; null is that of the thread that calls.</param>
    public SysctlScope(string? namespaceName = null) => _namespaceName = namespaceName;

    /// <summary>What was changed and is to be restored, in the order of the changes.</summary>
    public IReadOnlyList<SysctlResult> Changed => _changed;

    /// <summary>Sets a parameter.</summary>
    /// <param name="name">For example <c>net.ipv4.ip_forward</c>.</param>
    /// <param name="value">The value wanted.</param>
    /// <returns>What became of it; never an exception for a kernel without the parameter.</returns>
    public SysctlResult Set(string name, string value)
    {
        SysctlResult result = Inside(() => Sysctl.Write(name, value));
        if (result.Status == SysctlStatus.Done) _changed.Add(result);
        return result;
    }

    /// <summary>Puts everything back; a second call has nothing to do.</summary>
    /// <returns>What became of each parameter, in the order of restoring.</returns>
    public IReadOnlyList<SysctlResult> Restore()
    {
        var results = new List<SysctlResult>(_changed.Count);
        for (int i = _changed.Count - 1; i >= 0; i--)
        {
            SysctlResult change = _changed[i];
            results.Add(_namespaceName is null || NetworkNamespace.Exists(_namespaceName)
                ? Inside(() => RestoreOne(change))
                : change with { Status = SysctlStatus.Missing, New = null }); // The namespace went, and its parameters with it.
        }

        _changed.Clear();
        return results;
    }

    /// <inheritdoc />
    public void Dispose() => _ = Restore();

    private static SysctlResult RestoreOne(SysctlResult change)
    {
        SysctlResult now = Sysctl.Read(change.Name);
        if (now.Status != SysctlStatus.Done) return now; // Gone with its interface, as a rule.
        return now.New == change.New
            ? Sysctl.Write(change.Name, change.Old!)
            : now with { Status = SysctlStatus.ChangedByOthers };
    }

    private T Inside<T>(Func<T> body) => _namespaceName is null ? body() : NetworkNamespace.Run(_namespaceName, body);
}
