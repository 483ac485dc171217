namespace Natflow.Management.Api.Models;

/// <summary>Records of changes.</summary>
/// <param name="Records">Newest first.</param>
public sealed record AuditModel(IReadOnlyList<AuditRecord> Records);
