namespace Natflow.Management.Api.Models;

/// <summary>A shard on this node.</summary>
/// <param name="ShardId">Its number.</param>
/// <param name="NumEntities">Subscribers in it.</param>
public sealed record ShardRegionModel(string ShardId, int NumEntities);
