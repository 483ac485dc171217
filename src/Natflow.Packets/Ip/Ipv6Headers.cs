namespace Natflow.Packets.Ip;

/// <summary>What <see cref="Ipv6HeaderWalker"/> found behind an IPv6 header.</summary>
/// <param name="Protocol">The first next-header value that is no extension header: the transport, ESP or "no next header".</param>
/// <param name="L4Offset">Bytes from the IPv6 header to what <paramref name="Protocol"/> names; in a later fragment, to its payload.</param>
/// <param name="FragmentHeaderOffset">Bytes from the IPv6 header to the fragment header; 0 where there is none.</param>
/// <param name="FragmentOffsetBytes">Offset of this fragment in the datagram's fragmentable part, in bytes.</param>
/// <param name="HasMoreFragments">More fragments follow this one.</param>
/// <param name="FragmentId">Host order.</param>
public readonly record struct Ipv6Headers(
    byte Protocol, int L4Offset, int FragmentHeaderOffset, int FragmentOffsetBytes, bool HasMoreFragments, uint FragmentId)
{
    /// <summary>A fragment header is present. An atomic fragment (RFC 6946) counts: it has one.</summary>
    public bool IsFragment => FragmentHeaderOffset != 0;

    /// <summary>Whether a transport header can lie at <see cref="L4Offset"/>: not in any fragment but the first.</summary>
    public bool HasTransportHeader => FragmentOffsetBytes == 0;
}
