using Natflow.Core;

namespace Natflow.Host.Settings;

/// <summary>One element of <c>natflow.nat.exempt</c>.</summary>
/// <param name="Destination">Addresses.</param>
/// <param name="Protocol">IP protocol, or null for any.</param>
/// <param name="Ports">Destination ports.</param>
public sealed record ExemptSettings(Ipv4Prefix Destination, byte? Protocol, PortRange Ports)
{
    /// <summary>Whether no port is told from another, so that protocols without ports are exempt too.</summary>
    public bool IsEveryPort => Ports is { First: 1, Last: ushort.MaxValue };
}
