using System.Diagnostics;

namespace Natflow.Memory;

/// <summary>Free chunks of a <see cref="Umem"/>, last in first out so that a chunk in the cache is used again. One owner thread.</summary>
public sealed class ChunkPool : IDisposable
{
    private readonly NativeArray<uint> _free;
    private Padded<int> _available;

    /// <summary>Takes a run of chunks as free.</summary>
    /// <param name="umem">The frame memory.</param>
    /// <param name="firstChunk">Index of the first chunk that belongs to this pool.</param>
    /// <param name="chunkCount">Number of chunks from there.</param>
    public ChunkPool(Umem umem, int firstChunk, int chunkCount)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(chunkCount, umem.ChunkCount - firstChunk);
        _free = new NativeArray<uint>(umem.ChunkCount);
        for (int i = chunkCount - 1; i >= 0; i--)
            Return((uint)(firstChunk + i) * (uint)umem.ChunkBytes);
    }

    /// <summary>Number of free chunks.</summary>
    public int Available => _available.Value;

    /// <summary>Takes a chunk; false when none is free.</summary>
    /// <param name="chunkOffset">Offset of the chunk's first byte.</param>
    public bool TryRent(out uint chunkOffset)
    {
        ref int available = ref _available.Value;
        if (available == 0)
        {
            chunkOffset = 0;
            return false;
        }

        chunkOffset = _free[(uint)--available];
        return true;
    }

    /// <summary>Gives a chunk back. It may come from another pool over the same memory: handed-off frames are freed where they end.</summary>
    /// <param name="chunkOffset">Offset of the chunk's first byte, as <see cref="Umem.ChunkOf"/> gives it.</param>
    public void Return(uint chunkOffset)
    {
        ref int available = ref _available.Value;
        Debug.Assert(available < _free.Length, "a chunk was returned twice");
        _free[(uint)available++] = chunkOffset;
    }

    /// <inheritdoc />
    public void Dispose() => _free.Dispose();
}
