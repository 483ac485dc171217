using Natflow.Core;

namespace Natflow.Packets.Icmp;

/// <summary>The packet that an ICMP error quotes (RFC 792; RFC 5508 section 4.2): at least its IPv4 header and 8 bytes behind it.</summary>
/// <param name="IcmpOffset">Bytes from the frame's start to the ICMP header.</param>
/// <param name="Ipv4Offset">Bytes from the frame's start to the quoted IPv4 header.</param>
/// <param name="L4Offset">Bytes from the frame's start to the quoted transport header.</param>
/// <param name="L4ChecksumOffset">Bytes from the frame's start to the quoted transport checksum; 0 where the quote ends before it.</param>
/// <param name="SrcAddrBe">Quoted, network order, as the three after it.</param>
/// <param name="DstAddrBe">Quoted.</param>
/// <param name="SrcPortBe">Quoted; the identifier of an ICMP query.</param>
/// <param name="DstPortBe">Quoted; the identifier of an ICMP query.</param>
/// <param name="Protocol">Quoted.</param>
/// <param name="HasPorts">Ports or identifier were quoted: the protocol has them and the quote is no later fragment and no ICMP error.</param>
/// <param name="IsHeaderChecksumValid">The quoted IPv4 header agrees with its checksum.</param>
/// <param name="OuterChecksum">State of the error's own ICMP checksum.</param>
public readonly record struct IcmpErrorQuote(
    int IcmpOffset,
    int Ipv4Offset,
    int L4Offset,
    int L4ChecksumOffset,
    uint SrcAddrBe,
    uint DstAddrBe,
    ushort SrcPortBe,
    ushort DstPortBe,
    byte Protocol,
    bool HasPorts,
    bool IsHeaderChecksumValid,
    ChecksumState OuterChecksum)
{
    /// <summary>Key of the flow direction opposite to the quoted packet: the one that the error itself travels in.</summary>
    /// <param name="zone">Zone of the key; 0 on the WAN side.</param>
    /// <param name="side">Where the error came from.</param>
    public FlowKey ReverseKey(ushort zone, Side side)
    {
        bool isQuery = Protocol == IpProtocol.Icmp;
        return new FlowKey
        {
            SrcAddrBe = DstAddrBe,
            DstAddrBe = SrcAddrBe,
            SrcPortBe = isQuery && side == Side.Wan ? (ushort)0 : DstPortBe,
            DstPortBe = isQuery && side == Side.Lan ? (ushort)0 : SrcPortBe,
            Zone = zone,
            Protocol = Protocol,
            Side = side,
        };
    }
}
