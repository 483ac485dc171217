using System.Net;
using Natflow.Cluster;
using Natflow.Cluster.Ownership;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Host.Cluster;

/// <summary>The cluster as the API shows and changes it.</summary>
internal sealed class ClusterControl(ClusterAgent agent, ClusterWishes wishes, string name, int shards) : IClusterControl
{
    /// <inheritdoc />
    public ClusterMapModel Describe()
    {
        ClusterStanding standing = agent.Standing;
        return new ClusterMapModel(
            name,
            standing.Self,
            NullOf(standing.Leader),
            NullOf(standing.Oldest),
            standing.Revision,
            [.. standing.Nodes.Select(node => Node(standing, node))],
            [.. standing.Shards.Select(static row => new ClusterShardModel(row.Shard, NullOf(row.Owner), NullOf(row.Standby), NullOf(row.Copy), row.Token, row.Lag?.TotalMilliseconds))]);
    }

    /// <inheritdoc />
    public Task<string?> Ask(string node, ClusterWish wish) => wishes.Set(node, wish switch
    {
        ClusterWish.Drain => NodeWish.Drain,
        ClusterWish.Leave => NodeWish.Leave,
        ClusterWish.Down => NodeWish.Down,
        _ => NodeWish.None,
    });

    /// <inheritdoc />
    public Task<string?> Rebalance() => wishes.Rebalance(shards);

    private static ClusterNodeModel Node(ClusterStanding standing, ClusterNode node) => new(
        node.Id,
        IPEndPoint.TryParse(node.Replication, out IPEndPoint? replication) ? replication.Port : 0,
        node.Lease,
        standing.Draining.Contains(node.Id) ? "draining" : StateOf(node.State),
        node.Weight,
        standing.Shards.Count(row => row.Owner == node.Id),
        standing.Shards.Count(row => row.Copy == node.Id),
        !standing.Unreachable.Contains(node.Id));

    private static string StateOf(NodeState state) => state switch
    {
        NodeState.Joining => "joining",
        NodeState.Up => "up",
        NodeState.Draining => "draining",
        _ => "down",
    };

    private static string? NullOf(string text) => text.Length == 0 ? null : text;
}
