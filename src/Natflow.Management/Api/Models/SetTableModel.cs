namespace Natflow.Management.Api.Models;

/// <summary>Named sets.</summary>
/// <param name="Sets">By name.</param>
public sealed record SetTableModel(IReadOnlyList<SetModel> Sets);
