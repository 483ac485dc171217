namespace Natflow.Cluster.Etcd;

/// <summary>What became of a transaction.</summary>
/// <param name="HasSucceeded">Whether the conditions held.</param>
/// <param name="Revision">Revision of the store afterwards: that of the keys it wrote.</param>
/// <param name="Reads">The keys that were read, of those that exist.</param>
public sealed record EtcdTransactionResult(bool HasSucceeded, long Revision, IReadOnlyList<EtcdKeyValue> Reads);
