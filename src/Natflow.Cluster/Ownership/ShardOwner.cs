namespace Natflow.Cluster.Ownership;

/// <summary>Who owns a shard.</summary>
/// <param name="Node">Name of the node.</param>
/// <param name="Lease">The lease that its ownership is bound to.</param>
/// <param name="Token">The fencing token: revision at which its ownership began. A later owner's is larger.</param>
public readonly record struct ShardOwner(string Node, long Lease, long Token)
{
    /// <summary>Whether anybody does.</summary>
    public bool IsSomebody => Token != 0;
}
