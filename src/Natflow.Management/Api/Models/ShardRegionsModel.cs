namespace Natflow.Management.Api.Models;

/// <summary>Shards of a type on this node, as Akka Management answers.</summary>
/// <param name="Regions">The shards.</param>
public sealed record ShardRegionsModel(IReadOnlyList<ShardRegionModel> Regions);
