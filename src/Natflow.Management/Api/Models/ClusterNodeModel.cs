namespace Natflow.Management.Api.Models;

/// <summary>A node of a cluster.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Port">Port of its replication.</param>
/// <param name="Incarnation">Number of its lease.</param>
/// <param name="State">joining, up, draining, leaving or down.</param>
/// <param name="Weight">Its share of the shards beside others'.</param>
/// <param name="Owned">Shards that it owns.</param>
/// <param name="Copies">Shards of which it has a whole copy.</param>
/// <param name="IsReachable">False where the node that answers follows it, and has no connection to it.</param>
public sealed record ClusterNodeModel(string Name, int Port, long Incarnation, string State, int Weight, int Owned, int Copies, bool IsReachable);
