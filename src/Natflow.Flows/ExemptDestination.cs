using Natflow.Core;

namespace Natflow.Flows;

/// <summary>A destination that subscribers reach without translation (RFC 6888 REQ-6). Its answers come back to the subscribers' own addresses.</summary>
/// <param name="Prefix">Addresses outside.</param>
/// <param name="Port">Port outside, host byte order; 0 is any.</param>
/// <param name="Protocol">IP protocol; 0 is any.</param>
public sealed record ExemptDestination(Ipv4Prefix Prefix, ushort Port = 0, byte Protocol = 0)
{
    /// <summary>Whether the destination covers a remote end.</summary>
    /// <param name="address">Host byte order.</param>
    /// <param name="port">Host byte order.</param>
    /// <param name="protocol">IP protocol.</param>
    public bool Covers(uint address, ushort port, byte protocol) =>
        Prefix.Contains(address) && (Port == 0 || Port == port) && (Protocol == 0 || Protocol == protocol);
}
