namespace Natflow.Gateway.Views.Scan;

/// <summary>Asks a flow actor for the best of a slice of its flows, and the sums of all that match in it. Answered by a <see cref="ScanSlice{T}"/>.</summary>
/// <param name="Filter">Which.</param>
/// <param name="Order">What they are put in order by.</param>
/// <param name="Range">Which slice, and how many of it.</param>
public sealed record FlowScanRequest(FlowFilter Filter, FlowOrder Order, ScanRange Range);

/// <summary>Asks a flow actor for the best of a slice of its mappings. Answered by a <see cref="ScanSlice{T}"/>.</summary>
/// <param name="Filter">Which; offload says nothing of mappings.</param>
/// <param name="Order">What they are put in order by.</param>
/// <param name="Range">Which slice, and how many of it.</param>
public sealed record MappingScanRequest(FlowFilter Filter, MappingOrder Order, ScanRange Range);

/// <summary>Asks a flow actor for the best of a slice of its subscribers. Answered by a <see cref="ScanSlice{T}"/>.</summary>
/// <param name="Filter">Which.</param>
/// <param name="Order">What they are put in order by.</param>
/// <param name="Range">Which slice, and how many of it.</param>
public sealed record UserScanRequest(UserFilter Filter, UserOrder Order, ScanRange Range);

/// <summary>A slice of a table and what is wanted of it.</summary>
/// <param name="From">First entry. A slice ends after <see cref="LengthEntries"/>.</param>
/// <param name="CountMax">Most rows that are wanted.</param>
/// <param name="IsDescending">Whether the greatest are the best.</param>
/// <param name="Floor">Key of a row that at least <paramref name="CountMax"/> others beat already; null where there is none.</param>
public readonly record struct ScanRange(uint From, int CountMax, bool IsDescending, long? Floor)
{
    /// <summary>Entries of a slice: looked at in one turn of the shard, some tens of microseconds.</summary>
    public const uint LengthEntries = 4096;
}

/// <summary>A row with what it is put in order by.</summary>
/// <typeparam name="T">A view.</typeparam>
/// <param name="Key">The key.</param>
/// <param name="Row">The row.</param>
public readonly record struct ScanRow<T>(long Key, T Row);

/// <summary>The best of a slice.</summary>
/// <typeparam name="T">A view.</typeparam>
/// <param name="Rows">In no order.</param>
/// <param name="Sums">Of all that match in the slice.</param>
/// <param name="End">Entries of the whole table that were ever used: where the slices end.</param>
public sealed record ScanSlice<T>(IReadOnlyList<ScanRow<T>> Rows, ScanSums Sums, uint End);

/// <summary>Sums of what matches. What a table does not count stays 0.</summary>
/// <param name="Count">Rows.</param>
/// <param name="Flows">Flows of subscribers, or uses of mappings.</param>
/// <param name="PacketsOut">Packets from inside.</param>
/// <param name="PacketsIn">Packets from outside.</param>
/// <param name="BytesOut">L3 bytes from inside.</param>
/// <param name="BytesIn">L3 bytes from outside.</param>
public readonly record struct ScanSums(long Count, ulong Flows, ulong PacketsOut, ulong PacketsIn, ulong BytesOut, ulong BytesIn)
{
    /// <summary>Both together.</summary>
    public static ScanSums operator +(ScanSums left, ScanSums right) => new(
        left.Count + right.Count,
        left.Flows + right.Flows,
        left.PacketsOut + right.PacketsOut,
        left.PacketsIn + right.PacketsIn,
        left.BytesOut + right.BytesOut,
        left.BytesIn + right.BytesIn);
}
