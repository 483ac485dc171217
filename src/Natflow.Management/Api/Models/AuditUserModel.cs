namespace Natflow.Management.Api.Models;

/// <summary>A subscriber at a time.</summary>
/// <param name="User">Its address.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="Login">Its login; null for none.</param>
/// <param name="RateUp">Most that it could send, bit/s; 0 for no limit.</param>
/// <param name="RateDown">Most that it could be sent, bit/s; 0 for no limit.</param>
/// <param name="Verdict">What the policy said of its packets.</param>
/// <param name="FirstSeen">When it was first seen, ISO 8601.</param>
public sealed record AuditUserModel(string User, int Zone, string? Login, long RateUp, long RateDown, string? Verdict, string FirstSeen);
