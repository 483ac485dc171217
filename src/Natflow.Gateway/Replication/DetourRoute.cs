namespace Natflow.Gateway.Replication;

/// <summary>Where frames of a shard go that another node owns: to that node's link address on the segment they came from. Link addresses in the low 48 bits, first byte highest.</summary>
/// <param name="Next">The owner's link address by port index; 0 where it has none; empty while nobody is the owner, or this node is.</param>
/// <param name="Own">This node's by port index.</param>
/// <param name="Peers">Those of all other nodes: what they have sent on is not sent on again, so no frame goes round; it waits a moment, for they may know sooner that this node is the owner.</param>
public sealed record DetourRoute(ulong[] Next, ulong[] Own, ulong[] Peers)
{
    /// <summary>Link addresses of shards that this node has beside its own: what comes to them came to this node.</summary>
    public ulong[] Virtual { get; init; } = [];
}
