using System.Buffers.Binary;

using Natflow.Core;

namespace Natflow.Packets.Ip;

/// <summary>Steps over IPv6 extension headers (RFC 8200 section 4), at most <see cref="HeadersMax"/> of them. Total over any bytes.</summary>
public static class Ipv6HeaderWalker
{
    /// <summary>Size of the fixed header in bytes.</summary>
    public const int Ipv6Bytes = 40;

    /// <summary>The most extension headers that are stepped over.</summary>
    public const int HeadersMax = 8;

    /// <summary>Size of a fragment header in bytes.</summary>
    public const int FragmentHeaderBytes = 8;

    /// <summary>Walks the chain.</summary>
    /// <param name="packet">From the IPv6 header to the end of its payload; at least <see cref="Ipv6Bytes"/>, or the result is Truncated.</param>
    /// <param name="headers">What was found, where the result is <see cref="DropReason.None"/>.</param>
    /// <returns>
    /// Truncated where the bytes end inside an extension header; HeaderChainTooLong beyond the bound; BadHeader for hop-by-hop options
    /// in second place or later (RFC 8200 section 4.1) and for a second fragment header.
    /// </returns>
    public static DropReason TryWalk(ReadOnlySpan<byte> packet, out Ipv6Headers headers)
    {
        headers = default;
        if (packet.Length < Ipv6Bytes) return DropReason.Truncated;

        byte protocol = packet[6];
        int offset = Ipv6Bytes;
        var fragment = default(Ipv6Headers);
        for (int count = 0; IsExtension(protocol); count++)
        {
            if (count == HeadersMax) return DropReason.HeaderChainTooLong;
            if (packet.Length - offset < 8) return DropReason.Truncated;
            if (protocol == IpProtocol.HopByHop && count != 0) return DropReason.BadHeader;
            if (protocol == IpProtocol.Fragment)
            {
                if (fragment.IsFragment) return DropReason.BadHeader;
                fragment = ReadFragment(packet, offset);
            }

            int headerBytes = LengthBytes(protocol, packet[offset + 1]);
            if (packet.Length - offset < headerBytes) return DropReason.Truncated;
            protocol = packet[offset];
            offset += headerBytes;
            if (!fragment.HasTransportHeader) break; // What follows is the middle of something.
        }

        headers = fragment with { Protocol = protocol, L4Offset = offset };
        return DropReason.None;
    }

    private static bool IsExtension(byte protocol) => protocol
        is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.Fragment or IpProtocol.DestinationOptions
        or IpProtocol.Ah or IpProtocol.Mobility or IpProtocol.Hip or IpProtocol.Shim6;

    /// <summary>AH counts in words of 4 bytes less 2 (RFC 4302 section 2.2), the others in words of 8 less 1 (RFC 6564).</summary>
    private static int LengthBytes(byte protocol, byte lengthField) => protocol switch
    {
        IpProtocol.Fragment => FragmentHeaderBytes,
        IpProtocol.Ah => (lengthField + 2) * 4,
        _ => (lengthField + 1) * 8,
    };

    private static Ipv6Headers ReadFragment(ReadOnlySpan<byte> packet, int offset)
    {
        ushort word = BinaryPrimitives.ReadUInt16BigEndian(packet[(offset + 2)..]);
        return new Ipv6Headers
        {
            FragmentHeaderOffset = offset,
            FragmentOffsetBytes = word & 0xFFF8,
            HasMoreFragments = (word & 1) != 0,
            FragmentId = BinaryPrimitives.ReadUInt32BigEndian(packet[(offset + 4)..]),
        };
    }
}
