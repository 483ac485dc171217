using System.Buffers.Binary;

using Natflow.Core;

namespace Natflow.Packets.Ip;

/// <summary>The lengths and fragment fields of an IPv4 header (RFC 791), checked against each other and against the bytes there are.</summary>
/// <param name="HeaderBytes">20 to 60.</param>
/// <param name="DeclaredPayloadBytes">Payload by the total length; for a captured total length of 0 as long as a datagram can be.</param>
/// <param name="PresentPayloadBytes">Payload in memory, trailer excluded. Less than declared only in a capture.</param>
/// <param name="FragmentWord">Host order: flags and fragment offset.</param>
/// <param name="Protocol">IP protocol.</param>
public readonly record struct Ipv4Header(
    int HeaderBytes, int DeclaredPayloadBytes, int PresentPayloadBytes, ushort FragmentWord, byte Protocol)
{
    /// <summary>Size without options in bytes.</summary>
    public const int BytesMin = 20;

    /// <summary>Longest header: 15 words.</summary>
    public const int BytesMax = 60;

    /// <summary>Longest datagram (16-bit total length).</summary>
    public const int DatagramBytesMax = ushort.MaxValue;

    /// <summary>Bit "don't fragment" of the fragment word, host order.</summary>
    public const ushort DontFragment = 0x4000;

    /// <summary>Bit "more fragments" of the fragment word, host order.</summary>
    public const ushort MoreFragments = 0x2000;

    /// <summary>Fragment offset of the fragment word, host order, in units of 8 bytes.</summary>
    public const ushort OffsetMask = 0x1FFF;

    /// <summary>Part of a datagram rather than a whole one.</summary>
    public bool IsFragment => (FragmentWord & (MoreFragments | OffsetMask)) != 0;

    /// <summary>More fragments follow this one.</summary>
    public bool HasMoreFragments => (FragmentWord & MoreFragments) != 0;

    /// <summary>Offset of this fragment's payload in the datagram's payload, in bytes.</summary>
    public int FragmentOffsetBytes => (FragmentWord & OffsetMask) * 8;

    /// <summary>Reads the header at the start of any bytes.</summary>
    /// <param name="packet">From the IP header to the end of what may belong to it; a trailer is allowed.</param>
    /// <param name="isCaptured">A total length beyond the end is the snap length's doing; 0 means "to the end".</param>
    /// <param name="header">The header, where the result is <see cref="DropReason.None"/>.</param>
    public static DropReason TryParse(ReadOnlySpan<byte> packet, bool isCaptured, out Ipv4Header header)
    {
        header = default;
        if (packet.Length < BytesMin) return DropReason.Truncated;

        int headerBytes = (packet[0] & 0x0F) * 4;
        if (packet[0] >> 4 != 4 || headerBytes < BytesMin) return DropReason.BadHeader;
        if (packet.Length < headerBytes) return DropReason.Truncated;

        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (totalBytes == 0 && isCaptured) totalBytes = Math.Max(packet.Length, DatagramBytesMax);
        if (totalBytes < headerBytes || (totalBytes > packet.Length && !isCaptured)) return DropReason.BadLength;

        header = new Ipv4Header(
            headerBytes,
            totalBytes - headerBytes,
            Math.Min(totalBytes, packet.Length) - headerBytes,
            BinaryPrimitives.ReadUInt16BigEndian(packet[6..]),
            packet[9]);
        return DropReason.None;
    }
}
