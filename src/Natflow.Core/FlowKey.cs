using System.Runtime.InteropServices;

namespace Natflow.Core;

/// <summary>IPv4 5-tuple plus zone and side: what a packet is looked up by. 16 bytes, no padding, compared as two words.</summary>
/// <remarks>
/// Addresses and ports are in network byte order as they lie in the packet. For ICMP queries the identifier (RFC 5508 REQ-1) stands in
/// the port at the subscriber's end, the source port on the LAN side and the destination port on the WAN side; the other port is 0.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = SizeBytes)]
public record struct FlowKey(
    uint SrcAddrBe,
    uint DstAddrBe,
    ushort SrcPortBe,
    ushort DstPortBe,
    ushort Zone,
    byte Protocol,
    Side Side)
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 16;
}
