namespace Natflow.Management.Api.Models;

/// <summary>Who is asking.</summary>
/// <param name="Name">Name of the token, or how the caller came in.</param>
/// <param name="Role">viewer, operator, auditor, admin.</param>
/// <param name="Version">Version of the gateway.</param>
public sealed record SessionModel(string Name, string Role, string Version);
