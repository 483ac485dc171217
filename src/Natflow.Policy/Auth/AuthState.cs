namespace Natflow.Policy.Auth;

/// <summary>What auth keeps of a user. Changed by <see cref="AuthMachine"/> alone.</summary>
/// <param name="Status">May the user pass.</param>
/// <param name="Type">Type of the rule that matched.</param>
/// <param name="RuleId">Number of that rule; <see cref="NoRule"/> for none.</param>
/// <param name="Generation">Generation of the rules that the match is of.</param>
/// <param name="ActiveAtMs">Clock when the user's traffic was last seen, ms.</param>
/// <param name="SessionEndsAtMs">Clock when the login ends, ms; 0 for never.</param>
public readonly record struct AuthState(AuthStatus Status, AuthType Type, uint RuleId, ushort Generation, long ActiveAtMs, long SessionEndsAtMs)
{
    /// <summary>In place of the number of a rule.</summary>
    public const uint NoRule = 255;

    /// <summary>A user that was just seen for the first time.</summary>
    /// <param name="nowMs">The clock, ms.</param>
    public static AuthState NewAt(long nowMs) => new(AuthStatus.None, AuthType.Unknown, NoRule, 0, nowMs, 0);
}
