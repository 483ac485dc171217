namespace Natflow.Gateway.Views.Scan;

/// <summary>A table that is looked through entry by entry. Implemented by structs, so that no entry costs an interface call.</summary>
/// <typeparam name="T">A view.</typeparam>
internal interface IScanTable<T>
{
    /// <summary>Entries ever used.</summary>
    uint End { get; }

    /// <summary>Whether an entry lives and is wanted.</summary>
    bool Matches(uint index);

    /// <summary>What it is put in order by.</summary>
    long KeyOf(uint index);

    /// <summary>What it adds to the sums.</summary>
    ScanSums SumsOf(uint index);

    /// <summary>The row; made for those that are kept.</summary>
    T View(uint index);
}
