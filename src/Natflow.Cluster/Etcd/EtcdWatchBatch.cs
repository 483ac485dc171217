namespace Natflow.Cluster.Etcd;

/// <summary>What a watch tells at a time: all changes of one revision come together.</summary>
/// <param name="Revision">Revision of the store.</param>
/// <param name="Events">The changes, in order.</param>
/// <param name="IsCompacted">The wanted revisions are not there any more: read the range anew and watch from there. The last of a watch.</param>
public sealed record EtcdWatchBatch(long Revision, IReadOnlyList<EtcdEvent> Events, bool IsCompacted);
