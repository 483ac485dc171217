using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Natflow.Memory;

/// <summary>
/// Frame memory: one block cut into chunks of a power-of-two size. A frame lies anywhere inside its chunk, after
/// <see cref="HeadroomBytes"/> at first, so that a header can be put before it without a copy.
/// </summary>
/// <remarks>The memory may be shared between threads; a chunk belongs to whoever holds its descriptor.</remarks>
public sealed unsafe class Umem : IDisposable
{
    /// <summary>
    /// Bytes before a received frame: what an answer puts in front of the packet (48 for an ICMPv6 error), and before that a link header of 32. The first 8 may carry a port's
    /// own note about the frame (the capture port's timestamp).
    /// </summary>
    public const int HeadroomBytes = 128;

    private readonly NativeBlock _block;

    /// <summary>Maps the chunks.</summary>
    /// <param name="chunkCount">Number of chunks; total size at most 4 GiB, for offsets are 32 bits.</param>
    /// <param name="chunkBytes">Size of a chunk in bytes, a power of two, at least 256.</param>
    /// <param name="isSparse">Most frames are much shorter than a chunk: see <see cref="NativeBlock"/>.</param>
    public Umem(int chunkCount, int chunkBytes, bool isSparse = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(chunkCount);
        if (!BitOperations.IsPow2(chunkBytes) || chunkBytes < 256 || (long)chunkCount * chunkBytes > uint.MaxValue)
            throw new ArgumentException("chunks must be a power of two of at least 256 bytes, 4 GiB in all", nameof(chunkBytes));

        ChunkCount = chunkCount;
        ChunkBytes = chunkBytes;
        _block = new NativeBlock((nuint)chunkCount * (nuint)chunkBytes, isSparse);
    }

    /// <summary>Number of chunks.</summary>
    public int ChunkCount { get; }

    /// <summary>Size of a chunk in bytes.</summary>
    public int ChunkBytes { get; }

    /// <summary>Longest frame that fits behind the headroom.</summary>
    public int FrameBytesMax => ChunkBytes - HeadroomBytes;

    /// <summary>First byte, 2 MiB aligned (AF_XDP wants page alignment). Valid until disposal.</summary>
    public byte* Base => _block.Base;

    /// <summary>Size in bytes.</summary>
    public long LengthBytes => (long)ChunkCount * ChunkBytes;

    /// <summary>Offset of the chunk that holds a byte.</summary>
    public uint ChunkOf(uint offset) => offset & ~((uint)ChunkBytes - 1);

    /// <summary>Bytes at an offset, not checked against the chunk: the descriptor's owner vouches for them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address computation.
    public Span<byte> Frame(uint offset, int lengthBytes) => new(_block.Base + offset, lengthBytes);

    /// <summary>The whole chunk that holds a byte, headroom included.</summary>
    public Span<byte> Chunk(uint offset) => new(_block.Base + ChunkOf(offset), ChunkBytes);

    /// <summary>Asks the cache for a frame's first line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One instruction.
    public void Prefetch(uint offset)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_block.Base + offset);
    }

    /// <inheritdoc />
    public void Dispose() => _block.Dispose();
}
