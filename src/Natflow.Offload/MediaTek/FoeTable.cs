using System.Buffers.Binary;
using System.Numerics;
using Natflow.Memory;

namespace Natflow.Offload.MediaTek;

/// <summary>The table's bytes, as the engine and the one who programs it share them. One thread.</summary>
internal sealed class FoeTable : IDisposable
{
    /// <summary>The register for the size has codes up to this.</summary>
    internal const int EntriesMax = 32 << 10;

    private const int EntriesMin = 1 << 10;
    private const int CrosserPeriod = 64; // 64 entries of 80 bytes are 5 kilobytes.
    private const int UnlistedCrosser = 115;

    private readonly NativeArray<byte> _bytes;

    /// <summary>An empty table with the reserved entries marked.</summary>
    /// <param name="layout">Generation.</param>
    /// <param name="entryCount">1,024 to 32,768, a power of two.</param>
    /// <param name="reserved">MT7621's.</param>
    internal FoeTable(FoeLayout layout, int entryCount, ReservedEntries reserved)
    {
        if (entryCount is < EntriesMin or > EntriesMax || !BitOperations.IsPow2(entryCount))
            throw new ArgumentOutOfRangeException(nameof(entryCount), entryCount, "1,024 to 32,768, a power of two");
        Layout = layout;
        EntryCount = entryCount;
        Reserved = reserved;
        _bytes = new NativeArray<byte>(layout.EntryBytes * entryCount);
        Clear();
    }

    internal FoeLayout Layout { get; }

    internal int EntryCount { get; }

    internal ReservedEntries Reserved { get; }

    /// <summary>The image.</summary>
    internal Span<byte> Bytes => _bytes.Span;

    /// <inheritdoc />
    public void Dispose() => _bytes.Dispose();

    /// <summary>Whether 80 bytes of an entry cross a kilobyte: four in each 64.</summary>
    internal static bool CrossesKilobyte(int index) => (index % CrosserPeriod) is 12 or 25 or 38 or 51;

    internal bool IsReserved(int index) => Reserved switch
    {
        ReservedEntries.Eight => CrossesKilobyte(index),
        ReservedEntries.Seven => CrossesKilobyte(index) && index % (2 * CrosserPeriod) != UnlistedCrosser,
        _ => false,
    };

    /// <summary>Zeroes the table, as the start of the engine does.</summary>
    internal void Clear()
    {
        Bytes.Clear();
        for (int index = 0; Reserved != ReservedEntries.None && index < EntryCount; index++)
        {
            if (IsReserved(index)) WriteIb1(index, FoeLayout.IsStatic.With(0, isSet: true)); // Static and invalid: neither side takes it.
        }
    }

    internal Span<byte> Entry(int index) => Bytes.Slice(index * Layout.EntryBytes, Layout.EntryBytes);

    internal uint ReadIb1(int index) => BinaryPrimitives.ReadUInt32LittleEndian(Entry(index));

    internal void WriteIb1(int index, uint word) => BinaryPrimitives.WriteUInt32LittleEndian(Entry(index), word);

    internal FoeState StateOf(int index) => (FoeState)FoeLayout.State.Get(ReadIb1(index));

    /// <summary>Writes an entry under the engine's eyes: first what it does not look at while ib1 says free, last ib1.</summary>
    /// <remarks>A bound entry is taken out first, so that the engine never sees the old key with the new rewrite.</remarks>
    internal void Commit(int index, ReadOnlySpan<byte> entry)
    {
        if (FoeLayout.IsBound(ReadIb1(index))) Invalidate(index);
        entry[sizeof(uint)..Layout.EntryBytes].CopyTo(Entry(index)[sizeof(uint)..]);
        Thread.MemoryBarrier();
        WriteIb1(index, BinaryPrimitives.ReadUInt32LittleEndian(entry));
        Thread.MemoryBarrier();
    }

    /// <summary>Frees an entry by its first word alone.</summary>
    internal void Invalidate(int index)
    {
        WriteIb1(index, FoeLayout.State.With(ReadIb1(index), (uint)FoeState.Invalid));
        Thread.MemoryBarrier();
    }
}
