namespace Natflow.Cluster.Etcd;

/// <summary>Keys of a range.</summary>
/// <param name="Revision">Revision of the store that they are of: a watch from the next one misses nothing.</param>
/// <param name="Items">The keys, ascending.</param>
/// <param name="HasMore">Whether the limit cut some off.</param>
public sealed record EtcdRangeResult(long Revision, IReadOnlyList<EtcdKeyValue> Items, bool HasMore);
