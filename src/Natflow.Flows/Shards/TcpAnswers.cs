using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Users;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Ip;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Shards;

/// <summary>
/// Speaks TCP for servers that a subscriber may not reach: a reset at once, or a handshake and a redirect to the portal. Nothing is kept of such a connection: each
/// answer is made of the segment that it answers, in its chunk, so that a flood of them costs no memory.
/// </summary>
/// <remarks>Owner thread only; no allocation.</remarks>
internal sealed class TcpAnswers(ShardState shard, Umem umem)
{
    private const int MssOptionBytes = 4;
    private const int TextBytesMax = 2560; // The longest address of a page, and a header around it.
    private const ushort Window = 65535;
    private const ushort MssIpv4 = 1460;
    private const ushort MssIpv6 = 1440;

    private readonly AnswerFrame _answer = new(shard, umem);
    private readonly byte[] _text = new byte[TextBytesMax];

    /// <summary>Turns a refused segment from inside into the answer that its sender gets.</summary>
    /// <param name="frame">Parsed and untranslated, side LAN; on success the answer, with its way.</param>
    /// <param name="userIndex">Its subscriber.</param>
    /// <param name="treatment">What it gets.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>False where nothing is said.</returns>
    internal bool TryAnswer(ref FrameDescriptor frame, uint userIndex, FlowTreatment treatment, long nowMs)
    {
        if (treatment is not (FlowTreatment.Reset or FlowTreatment.RedirectHttp or FlowTreatment.RedirectHost) || !TryRead(in frame, out Segment segment) || (segment.Flags & TcpFlags.Rst) != 0)
            return false;
        bool isSyn = (segment.Flags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;
        if (treatment == FlowTreatment.Reset || (isSyn && treatment == FlowTreatment.RedirectHost))
            return TryReset(ref frame, userIndex, in segment);
        if (isSyn)
        {
            uint first = shard.Hash.Of(frame.Key.SrcAddrBe | ((ulong)frame.Key.SrcPortBe << 32) | ((ulong)frame.Key.DstPortBe << 48));
            return TrySend(ref frame, userIndex, in segment, new Reply(first, segment.Sequence + 1, TcpFlags.Syn | TcpFlags.Ack, HasMss: true), []);
        }

        if (segment.PayloadBytes != 0)
            return TryAnswerRequest(ref frame, userIndex, in segment, treatment == FlowTreatment.RedirectHost, nowMs);
        bool isEnd = (segment.Flags & TcpFlags.Fin) != 0;
        return isEnd && TrySend(ref frame, userIndex, in segment, new Reply(segment.Acknowledged, segment.Sequence + 1, TcpFlags.Ack, HasMss: false), []);
    }

    // Whoever refused a host has seen its request already, perhaps the beginning of it in an earlier segment.
    private bool TryAnswerRequest(ref FrameDescriptor frame, uint userIndex, in Segment segment, bool isKnown, long nowMs)
    {
        Span<byte> payload = umem.Frame(frame.FrameOffset, frame.LengthBytes).Slice(segment.PayloadOffset, segment.PayloadBytes);
        int length = isKnown || IsRequest(payload) ? WriteRedirect(userIndex, isKnown, nowMs) : 0;
        if (length == 0)
            return TryReset(ref frame, userIndex, in segment);
        return TrySend(
            ref frame, userIndex, in segment,
            new Reply(segment.Acknowledged, segment.End, TcpFlags.Ack | TcpFlags.Psh | TcpFlags.Fin, HasMss: false), _text.AsSpan(0, length));
    }

    // Any method of RFC 9110 section 9, not GET and POST alone: probes use HEAD too.
    private static bool IsRequest(ReadOnlySpan<byte> payload) => payload.StartsWith("GET "u8) || payload.StartsWith("POST "u8) || payload.StartsWith("HEAD "u8)
        || payload.StartsWith("PUT "u8) || payload.StartsWith("OPTIONS "u8) || payload.StartsWith("DELETE "u8) || payload.StartsWith("get "u8) || payload.StartsWith("post "u8);

    private int WriteRedirect(uint userIndex, bool isRefusedHost, long nowMs)
    {
        ReadOnlySpan<byte> head = "HTTP/1.1 302 Moved Temporarily\r\nConnection: close\r\nCache-Control: no-cache\r\nLocation: "u8;
        ReadOnlySpan<byte> tail = isRefusedHost ? "\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: 0\r\n\r\n"u8 : "\r\nContent-Length: 0\r\n\r\n"u8;
        head.CopyTo(_text);
        Span<byte> room = _text.AsSpan(head.Length, TextBytesMax - head.Length - tail.Length);
        int location = isRefusedHost ? shard.Policies.Judge?.WriteRefusalLocation(room) ?? 0 : shard.Policies.WriteLocation(room, userIndex, nowMs);
        if (location == 0)
            return 0;
        tail.CopyTo(_text.AsSpan(head.Length + location));
        return head.Length + location + tail.Length;
    }

    // RFC 9293 section 3.10.7.1.
    private bool TryReset(ref FrameDescriptor frame, uint userIndex, in Segment segment) => TrySend(
        ref frame, userIndex, in segment,
        (segment.Flags & TcpFlags.Ack) != 0
            ? new Reply(segment.Acknowledged, 0, TcpFlags.Rst, HasMss: false)
            : new Reply(0, segment.End, TcpFlags.Rst | TcpFlags.Ack, HasMss: false),
        []);

    private bool TryRead(ref readonly FrameDescriptor frame, out Segment segment)
    {
        segment = default;
        Span<byte> bytes = umem.Frame(frame.FrameOffset, frame.LengthBytes);
        if (frame.Key.Protocol != IpProtocol.Tcp || frame.Key.Side != Side.Lan || frame.L4Offset == 0 || bytes.Length < frame.L4Offset + TransportHeader.TcpBytesMin
            || (frame.Flags & FrameFlags.Hairpinned) != FrameFlags.None)
        {
            return false;
        }

        ReadOnlySpan<byte> tcp = bytes[frame.L4Offset..];
        int payloadOffset = frame.L4Offset + ((tcp[12] >> 4) * 4);
        bool isIpv6 = frame.Kind == PacketKind.IPv6;
        int l3Bytes = isIpv6
            ? BinaryPrimitives.ReadUInt16BigEndian(bytes[(frame.L3Offset + 4)..]) + Ipv6HeaderWalker.Ipv6Bytes
            : BinaryPrimitives.ReadUInt16BigEndian(bytes[(frame.L3Offset + 2)..]);
        int payloadBytes = Math.Min(frame.L3Offset + l3Bytes, bytes.Length) - payloadOffset;
        if (payloadBytes < 0)
            return false;
        uint sequence = BinaryPrimitives.ReadUInt32BigEndian(tcp[4..]);
        uint length = (uint)payloadBytes + ((tcp[13] & TcpFlags.Syn) != 0 ? 1u : 0) + ((tcp[13] & TcpFlags.Fin) != 0 ? 1u : 0);
        segment = new Segment(isIpv6, sequence, BinaryPrimitives.ReadUInt32BigEndian(tcp[8..]), tcp[13], payloadOffset, payloadBytes, sequence + length);
        return true;
    }

    private bool TrySend(ref FrameDescriptor frame, uint userIndex, in Segment segment, in Reply reply, ReadOnlySpan<byte> text)
    {
        int tcpBytes = TransportHeader.TcpBytesMin + (reply.HasMss ? MssOptionBytes : 0);
        Span<byte> addresses = stackalloc byte[AnswerFrame.AddressesBytesMax];
        Span<byte> tcp = _answer.TryBegin(ref frame, userIndex, IpProtocol.Tcp, tcpBytes + text.Length, addresses, out int addressesBytes);
        if (tcp.IsEmpty)
            return false;
        WriteTcp(tcp, in frame, in reply, segment.IsIpv6, tcpBytes);
        text.CopyTo(tcp[tcpBytes..]);
        AnswerFrame.End(tcp, IpProtocol.Tcp, addresses[..addressesBytes]);
        return true;
    }

    private static void WriteTcp(Span<byte> tcp, ref readonly FrameDescriptor frame, in Reply reply, bool isIpv6, int tcpBytes)
    {
        BitConverter.TryWriteBytes(tcp, frame.Key.DstPortBe);
        BitConverter.TryWriteBytes(tcp[2..], frame.Key.SrcPortBe);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], reply.Sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], reply.Acknowledged);
        tcp[12] = (byte)(tcpBytes / 4 << 4);
        tcp[13] = reply.Flags;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], (reply.Flags & TcpFlags.Rst) != 0 ? (ushort)0 : Window);
        tcp[16..TransportHeader.TcpBytesMin].Clear();
        if (!reply.HasMss)
            return;
        tcp[20] = TcpOptions.Mss;
        tcp[21] = MssOptionBytes;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[22..], isIpv6 ? MssIpv6 : MssIpv4);
    }

    private readonly record struct Segment(bool IsIpv6, uint Sequence, uint Acknowledged, byte Flags, int PayloadOffset, int PayloadBytes, uint End);

    private readonly record struct Reply(uint Sequence, uint Acknowledged, byte Flags, bool HasMss);
}
