using System.Globalization;

namespace Natflow.Policy.Qos;

/// <summary>The port condition of a rule: any, a port, or a set by name.</summary>
public sealed record QosPort
{
    private QosPort(ushort? port, string setName)
    {
        Port = port;
        SetName = setName;
    }

    /// <summary>Every port, and protocols without ports.</summary>
    public static QosPort Any { get; } = new(null, "");

    /// <summary>The port, host byte order, or null.</summary>
    public ushort? Port { get; }

    /// <summary>Name of the set, or empty.</summary>
    public string SetName { get; }

    /// <summary>Whether every port is meant.</summary>
    public bool IsAny => Port is null && SetName.Length == 0;

    /// <summary>One port.</summary>
    public static QosPort Of(ushort port) => new(port, "");

    /// <summary>The ports of a set.</summary>
    public static QosPort OfSet(string name) => new(null, name);

    /// <summary>Text as the command has it; empty for any.</summary>
    public override string ToString() => Port is { } port ? port.ToString(CultureInfo.InvariantCulture) : SetName;
}
