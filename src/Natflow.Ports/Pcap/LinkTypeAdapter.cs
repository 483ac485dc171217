using System.Buffers.Binary;
using Natflow.Memory;
using Natflow.Packets.Link;

namespace Natflow.Ports.Pcap;

/// <summary>
/// Turns frames of other link types into Ethernet, in place: the link header is replaced by an Ethernet header, for which the chunk's
/// headroom has room.
/// </summary>
/// <remarks>
/// The header's addresses are zero, save the source address that a Linux cooked header holds. A frame that ends inside its link header
/// becomes shorter than an Ethernet header, so that the parser counts it as truncated.
/// </remarks>
public static class LinkTypeAdapter
{
    private const int EthernetBytes = 14;
    private const int MacBytes = 6;
    private const int SourceMacAt = 6;
    private const int EtherTypeAt = 12;
    private const int AddressFamilyBytes = 4;
    private const int CookedBytes = 16;
    private const int Cooked2Bytes = 20;

    private const ushort MplsEtherType = 0x8847;

    // Reserved, never seen on a wire (RFC 1701, IEEE): the address family was none that carries IP.
    private const ushort UnknownEtherType = 0xFFFF;

    /// <summary>Whether frames of a link type can be turned into Ethernet.</summary>
    /// <param name="linkType"><c>LINKTYPE_</c> number.</param>
    public static bool IsKnown(int linkType) => linkType is LinkType.Ethernet or LinkType.Raw or LinkType.RawBsd or LinkType.RawOpenBsd
        or LinkType.Ipv4 or LinkType.Ipv6 or LinkType.Null or LinkType.Loop or LinkType.LinuxCooked or LinkType.LinuxCooked2
        or LinkType.PppEther or LinkType.Mpls || SerialLink.IsKnown(linkType);

    /// <summary>Makes the frame Ethernet.</summary>
    /// <param name="linkType"><c>LINKTYPE_</c> number, one that <see cref="IsKnown"/>.</param>
    /// <param name="umem">The frame memory.</param>
    /// <param name="frameOffset">Offset of the frame, at least 14 bytes after the chunk's note; moves with the frame's first byte.</param>
    /// <param name="lengthBytes">Length of the frame; changes with it, by at most 14 bytes.</param>
    public static void ToEthernet(int linkType, Umem umem, ref uint frameOffset, ref int lengthBytes)
    {
        if (linkType == LinkType.Ethernet)
            return;

        Span<byte> frame = umem.Frame(frameOffset, lengthBytes);
        ushort etherType = 0;
        bool isSerial = SerialLink.IsKnown(linkType);
        if (!isSerial || !SerialLink.TryParse(linkType, frame, out int linkHeaderBytes, out etherType))
            linkHeaderBytes = isSerial ? int.MaxValue : LinkHeaderBytes(linkType);
        if (lengthBytes < linkHeaderBytes)
        {
            lengthBytes = Math.Min(lengthBytes, EthernetBytes - 1);
            return;
        }

        if (!isSerial)
            etherType = EtherTypeOf(linkType, frame);
        ulong sourceMac = SourceMacOf(linkType, frame);
        frameOffset = (uint)(frameOffset + linkHeaderBytes - EthernetBytes);
        lengthBytes += EthernetBytes - linkHeaderBytes;

        Span<byte> header = umem.Frame(frameOffset, EthernetBytes);
        header.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(header[SourceMacAt..], sourceMac);
        BinaryPrimitives.WriteUInt16BigEndian(header[EtherTypeAt..], etherType);
    }

    private static int LinkHeaderBytes(int linkType) => linkType switch
    {
        LinkType.Null or LinkType.Loop => AddressFamilyBytes,
        LinkType.LinuxCooked => CookedBytes,
        LinkType.LinuxCooked2 => Cooked2Bytes,
        _ => 0,
    };

    private static ushort EtherTypeOf(int linkType, ReadOnlySpan<byte> frame) => linkType switch
    {
        LinkType.Null or LinkType.Loop => EtherTypeOfFamily(BinaryPrimitives.ReadUInt32BigEndian(frame)),
        LinkType.LinuxCooked => BinaryPrimitives.ReadUInt16BigEndian(frame[14..]),
        LinkType.LinuxCooked2 => BinaryPrimitives.ReadUInt16BigEndian(frame),
        LinkType.Ipv4 => EtherType.Ipv4,
        LinkType.Ipv6 => EtherType.Ipv6,
        LinkType.PppEther => EtherType.PppoeSession,
        LinkType.Mpls => MplsEtherType,
        _ => frame.Length > 0 && frame[0] >> 4 == 6 ? EtherType.Ipv6 : EtherType.Ipv4,
    };

    // Families fit a byte, so the byte order of the capturing host shows. IPv6 has a number of its own on each system.
    private static ushort EtherTypeOfFamily(uint familyBigEndian)
    {
        uint family = familyBigEndian <= byte.MaxValue ? familyBigEndian : BinaryPrimitives.ReverseEndianness(familyBigEndian);
        const uint inet = 2;
        const uint inet6Linux = 10;
        const uint inet6NetBsd = 24;
        const uint inet6FreeBsd = 28;
        const uint inet6Darwin = 30;
        return family switch
        {
            inet => EtherType.Ipv4,
            inet6Linux or inet6NetBsd or inet6FreeBsd or inet6Darwin => EtherType.Ipv6,
            _ => UnknownEtherType,
        };
    }

    // In the upper six bytes of the result; the lower two fall on the ethertype, which is written afterwards.
    private static ulong SourceMacOf(int linkType, ReadOnlySpan<byte> frame) => linkType switch
    {
        LinkType.LinuxCooked when BinaryPrimitives.ReadUInt16BigEndian(frame[4..]) == MacBytes =>
            BinaryPrimitives.ReadUInt64BigEndian(frame[6..]),
        LinkType.LinuxCooked2 when frame[11] == MacBytes => BinaryPrimitives.ReadUInt64BigEndian(frame[12..]),
        _ => 0,
    };
}
