namespace Natflow.Management.Api.Models;

/// <summary>A change that somebody asked for.</summary>
/// <param name="Time">When.</param>
/// <param name="Who">Name of the token, or how the caller came in.</param>
/// <param name="Role">Its role.</param>
/// <param name="From">Address that it came from.</param>
/// <param name="Action">What was wanted: <c>user.block</c>, <c>configuration.apply</c>.</param>
/// <param name="Subject">To whom or what.</param>
/// <param name="Outcome">done, refused, or why not.</param>
public sealed record AuditRecord(DateTimeOffset Time, string Who, string Role, string From, string Action, string Subject, string Outcome);
