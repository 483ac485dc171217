namespace Natflow.Management.Api.Models;

/// <summary>What is wrong with a configuration.</summary>
/// <param name="IsValid">Whether it could be taken over.</param>
/// <param name="Errors">Each with file, line and path.</param>
public sealed record ValidationModel(bool IsValid, IReadOnlyList<string> Errors);
