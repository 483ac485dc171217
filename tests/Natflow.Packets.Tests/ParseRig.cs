using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Packets.Tests;

/// <summary>Puts frames into a UMEM and parses them. Each frame ends at the end of its chunk where that is asked: reading past it would be seen.</summary>
internal sealed class ParseRig : IDisposable
{
    internal static readonly FlowHash Hash = new(7);

    private const int ChunkBytes = 2048;

    private readonly Umem _umem = new(4, ChunkBytes);

    /// <summary>Parses one frame.</summary>
    internal FrameDescriptor Parse(ReadOnlySpan<byte> frame, Side side = Side.Lan, FrameFlags flags = FrameFlags.None, ushort zone = 0)
    {
        var descriptor = new FrameDescriptor { FrameOffset = Umem.HeadroomBytes, LengthBytes = (ushort)frame.Length, Flags = flags };
        _umem.Frame(0, ChunkBytes).Fill(0xEE);
        frame.CopyTo(_umem.Frame(descriptor.FrameOffset, frame.Length));
        FrameDescriptor[] burst = [descriptor];
        FrameParser.ParseBatch(_umem, burst, zone, side, Hash);
        return burst[0];
    }

    public void Dispose() => _umem.Dispose();
}
