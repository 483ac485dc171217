namespace Natflow.Management.Control;

/// <summary>All named sets.</summary>
/// <param name="Sets">By name.</param>
public sealed record SetsModel(IReadOnlyList<LoadedSetModel> Sets);
