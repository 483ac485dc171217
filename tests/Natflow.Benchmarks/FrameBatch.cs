using Natflow.Core;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Build;

namespace Natflow.Benchmarks;

/// <summary>A burst of 64-byte UDP frames in chunks, and their descriptors as a port gives them.</summary>
internal sealed class FrameBatch : IDisposable
{
    private const int ChunkBytes = 2048;

    private readonly byte[][] _bytes = new byte[FrameDescriptor.BurstMax][];
    private readonly FrameDescriptor[] _received = new FrameDescriptor[FrameDescriptor.BurstMax];

    internal FrameBatch()
    {
        Umem = new Umem(FrameDescriptor.BurstMax, ChunkBytes);
        for (int i = 0; i < _received.Length; i++)
        {
            byte[] frame = PacketBuilder.Ethernet().Ipv4(0x0A000001 + (uint)i, 0xC6336401).Udp((ushort)(2000 + i), 53).Payload(new byte[22]).ToArray();
            uint offset = (uint)((i * ChunkBytes) + Umem.HeadroomBytes);
            _bytes[i] = frame;
            _received[i] = new FrameDescriptor { FrameOffset = offset, LengthBytes = (ushort)frame.Length };
        }

        Restore();
    }

    internal Umem Umem { get; }

    internal FlowHash Hash { get; } = new(7);

    internal FrameDescriptor[] Frames { get; } = new FrameDescriptor[FrameDescriptor.BurstMax];

    /// <summary>Frames as they were before anybody rewrote them.</summary>
    internal void Restore()
    {
        for (int i = 0; i < _bytes.Length; i++)
            _bytes[i].CopyTo(Umem.Frame(_received[i].FrameOffset, _bytes[i].Length));
    }

    /// <summary>Descriptors as received, parsed.</summary>
    internal void Parse()
    {
        _received.CopyTo(Frames, 0);
        FrameParser.ParseBatch(Umem, Frames, zone: 0, Side.Lan, Hash);
    }

    public void Dispose() => Umem.Dispose();
}
