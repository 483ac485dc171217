namespace Natflow.Policy.Qos;

/// <summary>The address condition of a rule: any, a net, or a set by name.</summary>
public sealed record QosAddress
{
    private QosAddress(IpNet? net, string setName)
    {
        Net = net;
        SetName = setName;
    }

    /// <summary>Every address.</summary>
    public static QosAddress Any { get; } = new(null, "");

    /// <summary>The net, or null.</summary>
    public IpNet? Net { get; }

    /// <summary>Name of the set, or empty.</summary>
    public string SetName { get; }

    /// <summary>The addresses of a net.</summary>
    public static QosAddress Of(IpNet net) => new(net, "");

    /// <summary>The addresses of a set.</summary>
    public static QosAddress OfSet(string name) => new(null, name);

    /// <summary>Text as the command has it; empty for any.</summary>
    public override string ToString() => Net is { } net ? net.ToString() : SetName;
}
