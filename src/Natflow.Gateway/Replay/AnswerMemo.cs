using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets.Transport;

namespace Natflow.Gateway.Replay;

/// <summary>
/// Remembers, by chunk, what a frame was before it entered the gateway: its conversation, its recorded bytes, and its bytes on the WAN. So an answer can be
/// compared with what was recorded, and written out as it was on the WAN.
/// </summary>
/// <remarks>One thread. Only headers are kept: everything that translation may change lies in the first <see cref="HeaderBytesMax"/> bytes of the packet.</remarks>
internal sealed class AnswerMemo : IDisposable
{
    /// <summary>Two IPv4 headers with all options, an ICMP header, the quoted ports and checksum of TCP.</summary>
    internal const int HeaderBytesMax = 160;

    private const int TtlOffset = 8;
    private const int HeaderChecksumOffset = 10;

    private readonly Umem _umem;
    private readonly NativeArray<byte> _recorded;
    private readonly NativeArray<byte> _onWan;
    private readonly NativeArray<uint> _entries;
    private readonly byte[] _scratch = new byte[HeaderBytesMax * 2];

    /// <summary>Room for every chunk of the memory.</summary>
    internal AnswerMemo(Umem umem)
    {
        _umem = umem;
        _recorded = new NativeArray<byte>(umem.ChunkCount * HeaderBytesMax);
        _onWan = new NativeArray<byte>(umem.ChunkCount * HeaderBytesMax);
        _entries = new NativeArray<uint>(umem.ChunkCount);
    }

    /// <summary>Conversation of a frame, or <see cref="FlowTable.None"/>.</summary>
    internal ref uint Entry(ref readonly FrameDescriptor frame) => ref _entries[ChunkIndex(in frame)];

    /// <summary>Keeps the packet's headers as recorded.</summary>
    internal void KeepRecorded(ref readonly FrameDescriptor frame) => Headers(in frame).CopyTo(Slot(_recorded, in frame));

    /// <summary>Keeps the packet's headers as they enter from outside.</summary>
    internal void KeepOnWan(ref readonly FrameDescriptor frame) => Headers(in frame).CopyTo(Slot(_onWan, in frame));

    /// <summary>Makes the packet again what it was on the WAN.</summary>
    internal void RestoreOnWan(ref readonly FrameDescriptor frame)
    {
        Span<byte> headers = Headers(in frame);
        Slot(_onWan, in frame)[..headers.Length].CopyTo(headers);
    }

    /// <summary>Whether the gateway gave the subscriber what was recorded: all header bytes but the TTL, which is one less, and checksums equal in value.</summary>
    /// <param name="frame">A flow's packet or a fragment after translation.</param>
    internal bool AgreesWithRecorded(ref readonly FrameDescriptor frame)
    {
        Span<byte> headers = Headers(in frame);
        Span<byte> now = _scratch.AsSpan(0, headers.Length);
        Span<byte> recorded = _scratch.AsSpan(HeaderBytesMax, headers.Length);
        headers.CopyTo(now);
        Slot(_recorded, in frame)[..headers.Length].CopyTo(recorded);
        if (now[TtlOffset] != recorded[TtlOffset] - 1)
            return false;

        now[TtlOffset] = recorded[TtlOffset];
        now[HeaderChecksumOffset..(HeaderChecksumOffset + 2)].Clear();
        recorded[HeaderChecksumOffset..(HeaderChecksumOffset + 2)].Clear();
        int checksumOffset = TransportChecksumOffset(in frame);
        if (checksumOffset >= 0 && checksumOffset + sizeof(ushort) <= now.Length)
        {
            Normalise(now[checksumOffset..]);
            Normalise(recorded[checksumOffset..]);
        }

        return now.SequenceEqual(recorded);
    }

    public void Dispose()
    {
        _recorded.Dispose();
        _onWan.Dispose();
        _entries.Dispose();
    }

    // One's complement has two zeros; an incremental update may give the other one.
    private static void Normalise(Span<byte> checksum)
    {
        if (MemoryMarshal.Read<ushort>(checksum) == ushort.MaxValue)
            checksum[..sizeof(ushort)].Clear();
    }

    private static int TransportChecksumOffset(ref readonly FrameDescriptor frame) =>
        frame.L4Offset == 0 ? -1 : frame.L4Offset - frame.L3Offset + TransportHeader.ChecksumOffset(frame.Key.Protocol);

    private uint ChunkIndex(ref readonly FrameDescriptor frame) => frame.FrameOffset / (uint)_umem.ChunkBytes;

    private Span<byte> Headers(ref readonly FrameDescriptor frame)
    {
        Span<byte> packet = _umem.Frame(frame.FrameOffset, frame.LengthBytes)[frame.L3Offset..];
        return packet[..Math.Min(packet.Length, HeaderBytesMax)];
    }

    private Span<byte> Slot(NativeArray<byte> store, ref readonly FrameDescriptor frame) =>
        store.Span.Slice((int)ChunkIndex(in frame) * HeaderBytesMax, HeaderBytesMax);
}
