namespace Natflow.Management.Api.Models;

/// <summary>How the gateway stood at a time.</summary>
/// <param name="At">Time of the last event included, ISO 8601.</param>
/// <param name="Ordering">Last event included.</param>
/// <param name="TotalUsers">Subscribers then.</param>
/// <param name="TotalLeases">Port blocks then.</param>
/// <param name="Users">A page of the subscribers, by address.</param>
/// <param name="Leases">A page of the port blocks, by public address and port.</param>
public sealed record AuditStateModel(string At, long Ordering, int TotalUsers, int TotalLeases, IReadOnlyList<AuditUserModel> Users, IReadOnlyList<AuditLeaseModel> Leases);
