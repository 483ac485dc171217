using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Memory;
using Natflow.Packets.Ip;
using Natflow.Packets.Link;
using Natflow.Packets.Transport;

namespace Natflow.Packets;

/// <summary>
/// First stage: says what each frame is, where its headers lie, and by what key and hash its flow is looked up. Total: any bytes give
/// a <see cref="PacketKind"/>; offsets never point beyond the frame.
/// </summary>
public static class FrameParser
{
    /// <summary>Frames whose first line is asked for before their turn: enough work lies between to hide one memory access.</summary>
    private const int PrefetchDistance = 4;

    private const int PlainL3Offset = LinkHeader.EthernetBytes;
    private const int PlainL4Offset = PlainL3Offset + Ipv4Header.BytesMin;
    private const int PlainIpv6L4Offset = PlainL3Offset + Ipv6HeaderWalker.Ipv6Bytes;

    /// <summary>Parses a burst in place: fills all fields of the descriptors that the ports do not.</summary>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="frames">Descriptors whose FrameOffset and LengthBytes lie in <paramref name="umem"/>; the owner vouches for that.</param>
    /// <param name="zone">Goes into every key.</param>
    /// <param name="side">Goes into every key.</param>
    /// <param name="hash">The gateway's hash.</param>
    /// <remarks>No allocation. TTL, addresses and checksums are not judged here. For ARP, L3Offset is where the ARP packet starts.</remarks>
    public static void ParseBatch(Umem umem, Span<FrameDescriptor> frames, ushort zone, Side side, in FlowHash hash)
    {
        ref byte umemStart = ref MemoryMarshal.GetReference(umem.Frame(0, 1));
        ulong keyTail = ((ulong)zone << 32) | ((ulong)side << 56);
        for (int i = 0; i < frames.Length && i < PrefetchDistance; i++)
            umem.Prefetch(frames[i].FrameOffset);

        for (int i = 0; i < frames.Length; i++)
        {
            if (i + PrefetchDistance < frames.Length) umem.Prefetch(frames[i + PrefetchDistance].FrameOffset);

            ref FrameDescriptor frame = ref frames[i];
            if (!TryParsePlain(ref Unsafe.Add(ref umemStart, (nint)frame.FrameOffset), ref frame, keyTail, hash)
                && !TryParsePlainIpv6(ref Unsafe.Add(ref umemStart, (nint)frame.FrameOffset), ref frame, keyTail, hash))
            {
                ParseAny(umem.Frame(frame.FrameOffset, frame.LengthBytes), ref frame, zone, side, hash);
            }
        }
    }

    /// <summary>
    /// Untagged IPv4 without options and fragments, TCP or UDP, nothing wrong with it. False leaves the descriptor as it was: the
    /// slow path finds out what is special.
    /// </summary>
    /// <remarks>
    /// The length check comes first and covers the IP header and the first 8 bytes behind it; bytes beyond those are read only after the total length,
    /// itself within the frame, was found to cover them.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One caller, the loop above.
    private static bool TryParsePlain(ref byte start, ref FrameDescriptor frame, ulong keyTail, in FlowHash hash)
    {
        if (!BitConverter.IsLittleEndian || frame.LengthBytes < PlainL4Offset + TransportHeader.UdpBytes) return false;
        if (Wire.ReadUInt16(ref start, 12) != EtherType.Ipv4 || Unsafe.Add(ref start, PlainL3Offset) != 0x45) return false;

        int totalBytes = Wire.ReadUInt16(ref start, PlainL3Offset + 2);
        int fragmentWord = Wire.ReadUInt16(ref start, PlainL3Offset + 6) & (Ipv4Header.MoreFragments | Ipv4Header.OffsetMask);
        if (totalBytes > frame.LengthBytes - PlainL3Offset || fragmentWord != 0) return false;

        byte protocol = Unsafe.Add(ref start, PlainL3Offset + 9);
        int payloadBytes = totalBytes - Ipv4Header.BytesMin;
        byte tcpFlags = 0;
        if (protocol == IpProtocol.Tcp)
        {
            if (payloadBytes < TransportHeader.TcpBytesMin) return false;
            int headerBytes = (Unsafe.Add(ref start, PlainL4Offset + 12) >> 4) * 4;
            if (headerBytes < TransportHeader.TcpBytesMin || headerBytes > payloadBytes) return false;
            tcpFlags = Unsafe.Add(ref start, PlainL4Offset + 13);
        }
        else
        {
            int udpBytes = Wire.ReadUInt16(ref start, PlainL4Offset + 4);
            if (protocol != IpProtocol.Udp || udpBytes < TransportHeader.UdpBytes || udpBytes > payloadBytes) return false;
        }

        // Two whole words, so that the hash and the table, which read words, need not wait for narrow stores to retire.
        ref byte key = ref Unsafe.As<FlowKey, byte>(ref frame.Key);
        Unsafe.WriteUnaligned(ref key, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, PlainL3Offset + 12)));
        ulong ports = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, PlainL4Offset));
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref key, 8), ports | keyTail | ((ulong)protocol << 48));
        frame.L3Offset = PlainL3Offset;
        frame.L4Offset = PlainL4Offset;
        frame.Hash = hash.Of(frame.Key);
        frame.TcpFlags = tcpFlags;
        frame.Kind = PacketKind.Flow;
        return true;
    }

    /// <summary>Untagged IPv6 without extension headers, TCP or UDP, nothing wrong with it; as <see cref="TryParsePlain"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One caller, the loop above.
    private static bool TryParsePlainIpv6(ref byte start, ref FrameDescriptor frame, ulong keyTail, in FlowHash hash)
    {
        if (!BitConverter.IsLittleEndian || frame.LengthBytes < PlainIpv6L4Offset + TransportHeader.UdpBytes) return false;
        if (Wire.ReadUInt16(ref start, 12) != EtherType.Ipv6 || Unsafe.Add(ref start, PlainL3Offset) >> 4 != 6) return false;

        int payloadBytes = Wire.ReadUInt16(ref start, PlainL3Offset + 4);
        if (payloadBytes > frame.LengthBytes - PlainIpv6L4Offset) return false;

        byte protocol = Unsafe.Add(ref start, PlainL3Offset + 6);
        byte tcpFlags = 0;
        if (protocol == IpProtocol.Tcp)
        {
            if (payloadBytes < TransportHeader.TcpBytesMin) return false;
            int headerBytes = (Unsafe.Add(ref start, PlainIpv6L4Offset + 12) >> 4) * 4;
            if (headerBytes < TransportHeader.TcpBytesMin || headerBytes > payloadBytes) return false;
            tcpFlags = Unsafe.Add(ref start, PlainIpv6L4Offset + 13);
        }
        else
        {
            int udpBytes = Wire.ReadUInt16(ref start, PlainIpv6L4Offset + 4);
            if (protocol != IpProtocol.Udp || udpBytes < TransportHeader.UdpBytes || udpBytes > payloadBytes) return false;
        }

        ref byte key = ref Unsafe.As<FlowKey, byte>(ref frame.Key);
        uint ports = Wire.ReadUInt32Be(ref start, PlainIpv6L4Offset);
        Unsafe.WriteUnaligned(ref key, 0UL);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref key, 8), ports | keyTail | ((ulong)protocol << 48));
        frame.L3Offset = PlainL3Offset;
        frame.L4Offset = PlainIpv6L4Offset;
        frame.Hash = Ipv6Parser.Hash(ref Unsafe.Add(ref start, PlainL3Offset), ports, protocol, (int)(keyTail >> 56), hash);
        frame.TcpFlags = tcpFlags;
        frame.Kind = PacketKind.IPv6;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Rare: keeps the loop small.
    private static void ParseAny(ReadOnlySpan<byte> bytes, ref FrameDescriptor frame, ushort zone, Side side, in FlowHash hash)
    {
        frame.Key = new FlowKey { Zone = zone, Side = side };
        frame.L3Offset = 0;
        frame.L4Offset = 0;
        frame.Hash = 0;
        frame.TcpFlags = 0;

        DropReason reason = LinkHeader.TryParse(bytes, (frame.Flags & FrameFlags.Captured) != FrameFlags.None, out LinkHeader link);
        if (reason == DropReason.None) reason = TryParsePayload(bytes, link, ref frame, hash);
        if (reason != DropReason.None) frame.SetDrop(reason);
    }

    private static DropReason TryParsePayload(ReadOnlySpan<byte> bytes, in LinkHeader link, ref FrameDescriptor frame, in FlowHash hash)
    {
        ReadOnlySpan<byte> payload = bytes.Slice(link.L3Offset, link.L3Bytes);
        switch (link.EtherType)
        {
            case EtherType.Ipv4:
                frame.L3Offset = link.L3Offset;
                return Ipv4Parser.TryParse(payload, ref frame, hash);
            case EtherType.Ipv6:
                frame.L3Offset = link.L3Offset;
                return Ipv6Parser.TryParse(payload, ref frame, hash);
            case EtherType.Arp:
                frame.L3Offset = link.L3Offset;
                frame.Kind = PacketKind.Arp;
                return DropReason.None;
            default:
                frame.Kind = PacketKind.OtherLink;
                return DropReason.None;
        }
    }
}
