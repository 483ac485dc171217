namespace Natflow.Management.Api.Models;

/// <summary>Users were sent back to the start.</summary>
/// <param name="Users">How many.</param>
public sealed record KickModel(int Users);
