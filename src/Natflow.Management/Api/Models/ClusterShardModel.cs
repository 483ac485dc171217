namespace Natflow.Management.Api.Models;

/// <summary>A shard of a cluster; null for nobody.</summary>
/// <param name="Shard">Its number.</param>
/// <param name="Owner">Who forwards it.</param>
/// <param name="Standby">Who is to stand by.</param>
/// <param name="Copy">Who has a whole copy.</param>
/// <param name="Token">Fencing token of the owner; 0 for nobody.</param>
/// <param name="LagMs">Age of the oldest change that the standby has not applied, ms; null where the node that answers is not the owner, or nobody follows.</param>
public sealed record ClusterShardModel(int Shard, string? Owner, string? Standby, string? Copy, long Token, double? LagMs);
