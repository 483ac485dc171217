using Natflow.Core;

namespace Natflow.Packets.Icmp;

/// <summary>The packet that an ICMPv6 error quotes (RFC 4443 section 2.4(c)): as much of it as fits, its IPv6 header at least.</summary>
/// <param name="IcmpOffset">Bytes from the frame's start to the ICMPv6 header.</param>
/// <param name="IcmpBytes">Bytes of the ICMPv6 message that are in memory.</param>
/// <param name="Ipv6Offset">Bytes from the frame's start to the quoted IPv6 header.</param>
/// <param name="L4Offset">Bytes from the frame's start to the quoted transport header.</param>
/// <param name="L4ChecksumOffset">Bytes from the frame's start to the quoted transport checksum; 0 where the quote ends before it.</param>
/// <param name="Src">Quoted.</param>
/// <param name="Dst">Quoted.</param>
/// <param name="SrcPortBe">Quoted, network order; the identifier of an echo.</param>
/// <param name="DstPortBe">Quoted, network order; the identifier of an echo.</param>
/// <param name="Protocol">Quoted.</param>
/// <param name="HasTransport">The quote reaches the transport header's first 8 bytes and is no later fragment.</param>
/// <param name="IsError">The quoted packet is itself an ICMPv6 error: nobody answers such.</param>
/// <param name="OuterChecksum">State of the error's own checksum.</param>
public readonly record struct Icmpv6ErrorQuote(
    int IcmpOffset,
    int IcmpBytes,
    int Ipv6Offset,
    int L4Offset,
    int L4ChecksumOffset,
    Ipv6Address Src,
    Ipv6Address Dst,
    ushort SrcPortBe,
    ushort DstPortBe,
    byte Protocol,
    bool HasTransport,
    bool IsError,
    ChecksumState OuterChecksum);
