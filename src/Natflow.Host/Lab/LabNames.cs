namespace Natflow.Host.Lab;

/// <summary>Names of a lab's network namespaces, as <c>ip netns list</c> shows them.</summary>
public sealed class LabNames
{
    private const int LengthMax = 32;
    private const string Folder = "/run/netns";

    private LabNames(string lab) => Lab = lab;

    /// <summary>Name of the lab.</summary>
    public string Lab { get; }

    /// <summary>Host A.</summary>
    public string A => Of("a");

    /// <summary>Host B.</summary>
    public string B => Of("b");

    /// <summary>The switch between A, B and the gateway.</summary>
    public string Lan => Of("lan");

    /// <summary>The gateway.</summary>
    public string Gateway => Of("gw");

    /// <summary>The provider's router.</summary>
    public string Wan => Of("wan");

    /// <summary>Host X.</summary>
    public string X => Of("x");

    /// <summary>Host Y.</summary>
    public string Y => Of("y");

    /// <summary>All of them; the gateway's first, so that it stops before its links go.</summary>
    public IReadOnlyList<string> All => [Gateway, A, B, X, Y, Lan, Wan];

    /// <summary>Names of a lab.</summary>
    /// <param name="lab">Letters and digits, 1 to 32.</param>
    /// <exception cref="LabException">It is not such a name.</exception>
    public static LabNames For(string lab)
    {
        ArgumentNullException.ThrowIfNull(lab);
        return lab.Length is >= 1 and <= LengthMax && lab.All(char.IsAsciiLetterOrDigit)
            ? new LabNames(lab)
            : throw new LabException($"--name '{lab}': letters and digits, 1 to {LengthMax} of them");
    }

    /// <summary>Those of the lab that are there, whatever shape it has; gateways first, so that they stop before their links go.</summary>
    internal IReadOnlyList<string> Present() => Directory.Exists(Folder)
        ? [.. Directory.EnumerateFiles(Folder, $"nf-{Lab}-*").Select(static path => Path.GetFileName(path)).OrderBy(name => !name.StartsWith(Of("g"), StringComparison.Ordinal)).ThenBy(static name => name, StringComparer.Ordinal)]
        : [];

    /// <summary>Name of a role of this lab.</summary>
    internal string Of(string role) => $"nf-{Lab}-{role}";
}
