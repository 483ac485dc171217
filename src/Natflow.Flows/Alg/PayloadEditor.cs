using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Alg;

/// <summary>
/// Replaces pieces of a TCP or UDP payload in its chunk, in place. Lengths and checksums are brought up to date once, by
/// <see cref="Close"/>, incrementally: a checksum that was wrong stays wrong.
/// </summary>
internal ref struct PayloadEditor
{
    private const int EthernetFrameBytesMin = 60;

    private readonly Span<byte> _bytes; // From the frame's first byte to the end of its chunk.
    private readonly int _l3Offset;
    private readonly int _l4Offset;
    private readonly int _payloadOffset;
    private readonly int _oldBytes;
    private readonly int _payloadBytesMax;
    private readonly ushort _oldComplement;
    private readonly byte _protocol;

    private PayloadEditor(Span<byte> bytes, ref readonly FrameDescriptor frame, int payloadOffset, int payloadBytes, int packetBytesMax)
    {
        _bytes = bytes;
        _l3Offset = frame.L3Offset;
        _l4Offset = frame.L4Offset;
        _protocol = frame.Key.Protocol;
        _payloadOffset = payloadOffset;
        _oldBytes = payloadBytes;
        Length = payloadBytes;
        int roomBytes = Math.Min(bytes.Length, _l3Offset + packetBytesMax) - payloadOffset;
        _payloadBytesMax = Math.Max(roomBytes, payloadBytes);
        _oldComplement = Checksum.Finish(Checksum.Sum(bytes.Slice(payloadOffset, payloadBytes)));
    }

    /// <summary>Bytes of the payload now.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether anything was replaced.</summary>
    internal bool IsChanged { get; private set; }

    /// <summary>The payload as it is now.</summary>
    internal readonly ReadOnlySpan<byte> Payload => _bytes.Slice(_payloadOffset, Length);

    /// <summary>Opens a payload.</summary>
    /// <param name="umem">Where the frame lies.</param>
    /// <param name="frame">Kind flow, TCP or UDP.</param>
    /// <param name="packetBytesMax">Longest IPv4 packet that a replacement may make.</param>
    /// <param name="editor">The editor.</param>
    /// <returns>False when there is no payload, or it is not all in memory (a capture cut it).</returns>
    internal static bool TryOpen(Umem umem, ref readonly FrameDescriptor frame, int packetBytesMax, out PayloadEditor editor)
    {
        editor = default;
        int tailBytes = (int)(umem.ChunkOf(frame.FrameOffset) + (uint)umem.ChunkBytes - frame.FrameOffset);
        Span<byte> bytes = umem.Frame(frame.FrameOffset, tailBytes);
        int totalBytes = BinaryPrimitives.ReadUInt16BigEndian(bytes[(frame.L3Offset + 2)..]);
        int end = frame.L3Offset + totalBytes;
        if (end > frame.LengthBytes || frame.L4Offset <= frame.L3Offset)
            return false;

        int payloadOffset;
        if (frame.Key.Protocol == IpProtocol.Tcp)
        {
            payloadOffset = frame.L4Offset + ((bytes[frame.L4Offset + 12] >> 4) * 4);
        }
        else
        {
            // A datagram shorter than its packet has a tail that is nobody's: it stays out of this.
            payloadOffset = frame.L4Offset + TransportHeader.UdpBytes;
            if (frame.L4Offset + BinaryPrimitives.ReadUInt16BigEndian(bytes[(frame.L4Offset + 4)..]) != end)
                return false;
        }

        if (payloadOffset >= end)
            return false;
        editor = new PayloadEditor(bytes, in frame, payloadOffset, end - payloadOffset, packetBytesMax);
        return true;
    }

    /// <summary>Replaces a piece.</summary>
    /// <param name="offset">Where it begins in the payload as it is now.</param>
    /// <param name="lengthBytes">Bytes that go.</param>
    /// <param name="text">What comes.</param>
    /// <returns>False when chunk or packet have no room: nothing was changed.</returns>
    internal bool TryReplace(int offset, int lengthBytes, scoped ReadOnlySpan<byte> text)
    {
        int newBytes = Length - lengthBytes + text.Length;
        if (newBytes > _payloadBytesMax)
            return false;

        Span<byte> payload = _bytes[_payloadOffset..];
        payload[(offset + lengthBytes)..Length].CopyTo(payload[(offset + text.Length)..]);
        text.CopyTo(payload[offset..]);
        Length = newBytes;
        IsChanged = true;
        return true;
    }

    /// <summary>Brings lengths and checksums up to date, and the descriptor's length.</summary>
    internal readonly void Close(ref FrameDescriptor frame)
    {
        if (!IsChanged)
            return;

        ushort newSum = (ushort)~Checksum.Finish(Checksum.Sum(Payload));
        ushort delta = Checksum.Combine(_oldComplement, newSum);
        if (Length != _oldBytes)
            delta = Checksum.Combine(delta, SetLengths(ref frame));
        Span<byte> field = _bytes[(_l4Offset + TransportHeader.ChecksumOffset(_protocol))..];
        ushort checksumBe = MemoryMarshal.Read<ushort>(field);
        MemoryMarshal.Write(field, _protocol == IpProtocol.Udp ? Checksum.ApplyUdp(checksumBe, delta) : Checksum.Apply(checksumBe, delta));
    }

    // The transport's length is in the pseudo header, and once more in the UDP header. What it adds to the transport checksum is returned.
    private readonly ushort SetLengths(ref FrameDescriptor frame)
    {
        Span<byte> ip = _bytes[_l3Offset..];
        int end = _payloadOffset + Length;
        ushort oldTotalBe = MemoryMarshal.Read<ushort>(ip[2..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(end - _l3Offset));
        ushort l3Delta = Checksum.Delta(oldTotalBe, MemoryMarshal.Read<ushort>(ip[2..]));
        MemoryMarshal.Write(ip[10..], Checksum.Apply(MemoryMarshal.Read<ushort>(ip[10..]), l3Delta));

        int headerBytes = _payloadOffset - _l4Offset;
        ushort delta = Checksum.Delta(Swap(headerBytes + _oldBytes), Swap(headerBytes + Length));
        if (_protocol == IpProtocol.Udp)
        {
            BinaryPrimitives.WriteUInt16BigEndian(_bytes[(_l4Offset + 4)..], (ushort)(headerBytes + Length));
            delta = Checksum.Combine(delta, delta);
        }

        int frameBytes = Math.Max(end, Math.Min((int)frame.LengthBytes, EthernetFrameBytesMin));
        _bytes[end..frameBytes].Clear();
        frame.LengthBytes = (ushort)frameBytes;
        return delta;
    }

    private static ushort Swap(int lengthBytes) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((ushort)lengthBytes) : (ushort)lengthBytes;
}
