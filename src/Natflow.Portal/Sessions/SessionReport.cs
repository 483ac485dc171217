using Natflow.Policy.Users;

namespace Natflow.Portal.Sessions;

/// <summary>What is told of a session.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Session">The session.</param>
/// <param name="At">When.</param>
/// <param name="Used">Its traffic so far; rx is download.</param>
/// <param name="Cause">Why it ended, for <see cref="SessionReportKind.Stop"/>.</param>
internal sealed record SessionReport(SessionReportKind Kind, PortalSession Session, DateTimeOffset At, UserTraffic Used, SessionEnd Cause);
