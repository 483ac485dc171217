namespace Natflow.Host.Cluster;

/// <summary>An address that this node has taken over.</summary>
/// <param name="Mac">The link address that it is found at; switches learn it from the announcement.</param>
/// <param name="IsOwned">
/// Whether it is this node's at this moment: it ends with the lease, by this node's own clock, so that a node cut off from etcd does not answer beside the next owner.
/// Any thread.
/// </param>
internal sealed record TakenAddress(ulong Mac, Func<bool> IsOwned);
