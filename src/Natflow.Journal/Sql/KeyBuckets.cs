namespace Natflow.Journal.Sql;

/// <summary>
/// Keys are kept by stretches of the journal: within one the index is small enough to stay in the cache while it grows, so that random keys cost no
/// random writes. A search asks each stretch once.
/// </summary>
internal static class KeyBuckets
{
    private const int Shift = 17;

    internal static long Of(long ordering) => ordering >> Shift;
}
