namespace Natflow.Management.Api.Models;

/// <summary>Events on record.</summary>
/// <param name="Events">Oldest first.</param>
/// <param name="HasMore">Whether the limit cut them: ask again from the time of the last.</param>
public sealed record AuditEventsModel(IReadOnlyList<AuditEventModel> Events, bool HasMore);
