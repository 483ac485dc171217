namespace Natflow.Host.Lab.Bench;

/// <summary>
/// Short RCU grace periods while a generator is at work; afterwards what was set before. Each of its calls ends with one, which is 20 ms on a kernel with two busy cores: a
/// gateway whose answers the generator waits for would be measured by that wait, and the kernel's own NAT, which answers within the call, would not.
/// </summary>
internal sealed class ExpeditedGracePeriods : IDisposable
{
    private const string ExpeditedPath = "/sys/kernel/rcu_expedited";

    private readonly string? _before;

    internal ExpeditedGracePeriods()
    {
        if (!File.Exists(ExpeditedPath))
            return;
        _before = File.ReadAllText(ExpeditedPath);
        File.WriteAllText(ExpeditedPath, "1");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_before is not null)
            File.WriteAllText(ExpeditedPath, _before);
    }
}
