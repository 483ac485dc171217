namespace Natflow.Management.Api.Models;

/// <summary>A member that others do not reach.</summary>
/// <param name="Node">Address.</param>
/// <param name="ObservedBy">Who does not reach it.</param>
public sealed record ClusterUnreachableModel(string Node, IReadOnlyList<string> ObservedBy);
