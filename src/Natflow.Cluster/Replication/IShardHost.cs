using Natflow.Cluster.Ownership;

namespace Natflow.Cluster.Replication;

/// <summary>What a node does with its shards: the data plane, or a fake.</summary>
public interface IShardHost
{
    /// <summary>Sets until when a shard is forwarded; in force with its next burst.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="untilMs">ms of the node's monotonic clock; 0 for not at all.</param>
    void SetOwnedUntil(int shard, long untilMs);

    /// <summary>All nodes of the cluster whose leases live, this one among them; whenever these change.</summary>
    void SetNodes(IReadOnlyList<ClusterNode> nodes);

    /// <summary>The node that owns a shard, if it is another: frames of the shard that come here belong there.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="owner">Null for nobody, and for this node.</param>
    void SetOwnerNode(int shard, ClusterNode? owner);

    /// <summary>Frames of a shard that is on its way to another node wait until <see cref="SetOwnerNode"/> says to which; as many as there is room for.</summary>
    /// <param name="shard">The shard, not forwarded any more.</param>
    /// <param name="longest">Longest wait.</param>
    void Hold(int shard, TimeSpan longest);

    /// <summary>The shard is this node's, and will forward: what it puts on record from now on is under a token.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="token">The owner key's revision.</param>
    void Claim(int shard, long token);

    /// <summary>The shard goes to another node on purpose: what was decided about it so far is on record when this ends. Once while it is forwarded, once when it has stopped.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="longest">Longest wait.</param>
    Task Record(int shard, TimeSpan longest);

    /// <summary>The shard is this node's now and forwards: its addresses are taken and announced.</summary>
    Task Activate(int shard);

    /// <summary>The shard is not this node's any more, and forwards no longer: its addresses are given up.</summary>
    Task Deactivate(int shard);

    /// <summary>Taps what changes in a shard; silent until <see cref="IReplicationFeed.Restart"/>.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="age">Flows younger than this are not told.</param>
    /// <param name="onMore">Told, by any thread, when there is something to take; returns at once.</param>
    IReplicationFeed OpenFeed(int shard, TimeSpan age, Action onMore);

    /// <summary>Empties a shard: a whole copy follows.</summary>
    Task Reset(int shard);

    /// <summary>Keeps what is decided about users of a copied shard.</summary>
    /// <returns>False where these are no users.</returns>
    bool KeepUsers(int shard, ReadOnlyMemory<byte> users);

    /// <summary>Applies records to a copy.</summary>
    /// <returns>False where they are no records, or the shard is owned here.</returns>
    Task<bool> Apply(int shard, ReadOnlyMemory<byte> records);
}
