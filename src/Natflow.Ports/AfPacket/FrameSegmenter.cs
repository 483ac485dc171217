using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Ports.AfPacket;

/// <summary>
/// Cuts a super-frame into the frames that it stands for: those that the sender's stack would have sent without segmentation offload, or that
/// came in before receive offload joined them. Works off one super-frame at a time, as chunks and room allow. One thread.
/// </summary>
internal sealed unsafe class FrameSegmenter
{
    private readonly Umem _umem;
    private readonly ChunkPool _pool;
    private readonly byte _portIndex;

    // The super-frame being cut. It lies in the ring, which keeps it until the last segment is out.
    private byte* _frame;
    private int _lengthBytes;
    private VlanRestore _vlan;
    private SegmentLayout _layout;
    private int _segmentBytes;
    private int _nextPayload;

    internal FrameSegmenter(Umem umem, ChunkPool pool, byte portIndex)
    {
        _umem = umem;
        _pool = pool;
        _portIndex = portIndex;
    }

    /// <summary>Whether a super-frame was begun and has segments left.</summary>
    internal bool IsActive => _frame != null;

    /// <summary>Begins a super-frame.</summary>
    /// <param name="frame">The whole frame; must stay until <see cref="IsActive"/> is false again.</param>
    /// <param name="lengthBytes">Its length.</param>
    /// <param name="header">How it is to be cut.</param>
    /// <param name="vlan">The tag that each segment gets back.</param>
    /// <returns>None, or why it cannot be cut.</returns>
    internal DropReason TryBegin(byte* frame, int lengthBytes, in SegmentationHeader header, VlanRestore vlan)
    {
        DropReason reason = SegmentLayout.TryRead(new ReadOnlySpan<byte>(frame, lengthBytes), header.BaseKind, out SegmentLayout layout);
        if (reason != DropReason.None)
            return reason;
        if (header.SegmentBytes == 0 || layout.HeaderBytes >= lengthBytes)
            return DropReason.BadLength;
        if (layout.HeaderBytes + vlan.GrowthBytes + header.SegmentBytes > _umem.FrameBytesMax)
            return DropReason.Oversize;

        _frame = frame;
        _lengthBytes = lengthBytes;
        _vlan = vlan;
        _layout = layout;
        _segmentBytes = header.SegmentBytes;
        _nextPayload = layout.HeaderBytes;
        return DropReason.None;
    }

    /// <summary>Makes the next segments, as many as there is room and chunks for.</summary>
    /// <returns>Number of descriptors written.</returns>
    internal int Emit(Span<FrameDescriptor> frames)
    {
        int count = 0;
        while (_frame != null && count < frames.Length && _pool.TryRent(out uint chunkOffset))
        {
            uint frameOffset = chunkOffset + Umem.HeadroomBytes;
            frames[count++] = new FrameDescriptor
            {
                FrameOffset = frameOffset,
                LengthBytes = (ushort)EmitOne(frameOffset),
                PortIndex = _portIndex,
            };
        }

        return count;
    }

    private int EmitOne(uint frameOffset)
    {
        int payloadBytes = Math.Min(_segmentBytes, _lengthBytes - _nextPayload);
        int headerBytes = _layout.HeaderBytes + _vlan.GrowthBytes;
        Span<byte> target = _umem.Frame(frameOffset, headerBytes + payloadBytes);
        _vlan.Copy(new ReadOnlySpan<byte>(_frame, _layout.HeaderBytes), target[..headerBytes]);
        new ReadOnlySpan<byte>(_frame + _nextPayload, payloadBytes).CopyTo(target[headerBytes..]);

        int payloadOffset = _nextPayload - _layout.HeaderBytes;
        _nextPayload += payloadBytes;
        bool isLast = _nextPayload == _lengthBytes;
        _layout.Finish(target[(_layout.L3Offset + _vlan.GrowthBytes)..], payloadOffset, payloadOffset / _segmentBytes, isLast);
        if (isLast)
            _frame = null;
        return target.Length;
    }
}
