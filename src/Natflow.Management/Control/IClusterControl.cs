using Natflow.Management.Api.Models;

namespace Natflow.Management.Control;

/// <summary>The cluster that a gateway is one of.</summary>
public interface IClusterControl
{
    /// <summary>The cluster as this node sees it now. Any thread.</summary>
    ClusterMapModel Describe();

    /// <summary>Has a node do something; it begins to a moment later.</summary>
    /// <param name="node">Its name; it need not be a member.</param>
    /// <param name="wish">What.</param>
    /// <returns>Why it cannot be told; null where it is.</returns>
    Task<string?> Ask(string node, ClusterWish wish);

    /// <summary>Has the leader deal the shards anew.</summary>
    /// <returns>Why it cannot be told; null where it is.</returns>
    Task<string?> Rebalance();
}
