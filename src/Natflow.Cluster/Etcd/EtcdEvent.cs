namespace Natflow.Cluster.Etcd;

/// <summary>A change of a key.</summary>
/// <param name="IsDelete">Whether it is gone: deleted, or its lease ended.</param>
/// <param name="Item">The key; of a deleted one only its name and the revision count.</param>
public sealed record EtcdEvent(bool IsDelete, EtcdKeyValue Item);
