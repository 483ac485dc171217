namespace Natflow.Management.Api.Models;

/// <summary>Types of sharded entities.</summary>
/// <param name="EntityTypeKeys">Their names.</param>
public sealed record ClusterShardsModel(IReadOnlyList<string> EntityTypeKeys);
