using Natflow.Portal.Logins;

namespace Natflow.Portal.Radius;

/// <summary>What came of a login by RADIUS.</summary>
/// <param name="Refusal">Why it was refused.</param>
/// <param name="Grant">What the session may use up.</param>
/// <param name="Classes">To be sent with reports.</param>
/// <param name="Interim">Time between reports.</param>
internal sealed record RadiusVerdict(LoginRefusal Refusal, SessionGrant Grant, IReadOnlyList<byte[]> Classes, TimeSpan Interim)
{
    /// <summary>A refusal.</summary>
    internal static RadiusVerdict Refused(LoginRefusal refusal) => new(refusal, SessionGrant.Unlimited, [], TimeSpan.Zero);
}
