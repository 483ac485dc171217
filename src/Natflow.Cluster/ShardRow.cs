namespace Natflow.Cluster;

/// <summary>A shard in <see cref="ClusterStanding"/>; empty names for nobody.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Owner">Who owns it.</param>
/// <param name="Standby">Who is to stand by.</param>
/// <param name="Copy">Who has a whole copy.</param>
/// <param name="Token">The owner's fencing token; 0 for nobody.</param>
public readonly record struct ShardRow(int Shard, string Owner, string Standby, string Copy, long Token)
{
    /// <summary>Age of the oldest change that the standby has not applied; null where this node is not the owner, or nobody follows.</summary>
    public TimeSpan? Lag { get; init; }
}
