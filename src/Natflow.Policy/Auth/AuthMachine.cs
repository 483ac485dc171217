namespace Natflow.Policy.Auth;

/// <summary>The life of a user before the gate: a function of state, event and time. The picture is in the project's README.</summary>
public static class AuthMachine
{
    /// <summary>Life of a user that no rule has matched, ms.</summary>
    public const long UnmatchedLifeMs = 300_000;

    private const long MillisecondsPerSecond = 1000;
    private const AuthEffects Changed = AuthEffects.Recompile | AuthEffects.Report;

    /// <summary>Applies an event.</summary>
    /// <param name="state">The state before it.</param>
    /// <param name="authEvent">The event.</param>
    /// <param name="noFlowTimeoutSeconds">Life of a matched user without traffic.</param>
    /// <param name="nowMs">The clock, ms; never before that of an earlier event.</param>
    /// <param name="effects">What the owner does, after the event is stored.</param>
    /// <returns>The state after it.</returns>
    public static AuthState Step(in AuthState state, in AuthEvent authEvent, uint noFlowTimeoutSeconds, long nowMs, out AuthEffects effects)
    {
        effects = AuthEffects.None;
        switch (authEvent.Kind)
        {
            case AuthEventKind.Seen:
                return OnSeen(state with { ActiveAtMs = nowMs }, authEvent.Match, out effects);
            case AuthEventKind.Traffic:
                return state with { ActiveAtMs = nowMs };
            case AuthEventKind.LoggedIn:
                return OnLoggedIn(state, authEvent.SessionMs, nowMs, out effects);
            case AuthEventKind.LoggedOut:
                return EndSession(state, out effects);
            case AuthEventKind.Kicked:
                effects = Changed | AuthEffects.EndFlows | AuthEffects.ResetCounters;
                return AuthState.NewAt(nowMs) with { Generation = state.Generation };
            case AuthEventKind.StatusSet:
                return OnStatusSet(state, authEvent.Status, out effects);
            default:
                return OnTick(state, noFlowTimeoutSeconds, nowMs, out effects);
        }
    }

    /// <summary>Clock when the user expires if nothing is seen of it, ms.</summary>
    public static long ExpiresAtMs(in AuthState state, uint noFlowTimeoutSeconds) =>
        state.ActiveAtMs + (state.Type == AuthType.Unknown ? UnmatchedLifeMs : noFlowTimeoutSeconds * MillisecondsPerSecond);

    /// <summary>Whether a packet of the user has to be matched against the rules.</summary>
    public static bool NeedsMatch(in AuthState state, ushort generation) =>
        state.Status == AuthStatus.None || (state.Generation != generation && state.Status is not (AuthStatus.Ok or AuthStatus.Vip or AuthStatus.Blocked));

    private static AuthState OnSeen(in AuthState state, in AuthMatch match, out AuthEffects effects)
    {
        effects = AuthEffects.None;
        if (!NeedsMatch(state, match.Generation))
            return state;
        AuthStatus status = match.Type switch
        {
            AuthType.Auto => AuthStatus.Ok,
            AuthType.Web => match.IsWhite ? AuthStatus.Vip : AuthStatus.Required,

            // A status that came of a rule which is gone goes with it; the operator's own stays.
            _ => state.Status == AuthStatus.Required ? AuthStatus.None : state.Status,
        };
        AuthState next = state with { Status = status, Type = match.Type, RuleId = match.RuleId, Generation = match.Generation };
        effects = next with { Generation = state.Generation } == state ? AuthEffects.None : Changed;
        return next;
    }

    private static AuthState OnLoggedIn(in AuthState state, long sessionMs, long nowMs, out AuthEffects effects)
    {
        // A blocked user stays blocked whatever it types; one that needs no login has none.
        bool mayLogIn = state is { Status: AuthStatus.Required, Type: AuthType.Web } or { Status: AuthStatus.Ok, Type: AuthType.Web };
        effects = mayLogIn ? Changed : AuthEffects.None;
        return mayLogIn
            ? state with { Status = AuthStatus.Ok, ActiveAtMs = nowMs, SessionEndsAtMs = sessionMs > 0 ? nowMs + sessionMs : 0 }
            : state;
    }

    private static AuthState EndSession(in AuthState state, out AuthEffects effects)
    {
        bool hasSession = state is { Status: AuthStatus.Ok, Type: AuthType.Web };
        effects = hasSession ? Changed | AuthEffects.EndFlows : AuthEffects.None;
        return hasSession ? state with { Status = AuthStatus.Required, SessionEndsAtMs = 0 } : state;
    }

    private static AuthState OnStatusSet(in AuthState state, AuthStatus status, out AuthEffects effects)
    {
        bool isRefused = status is AuthStatus.Blocked or AuthStatus.Required;
        effects = Changed | (isRefused && state.Status != status ? AuthEffects.EndFlows : AuthEffects.None);
        return state with { Status = status, SessionEndsAtMs = 0 };
    }

    private static AuthState OnTick(in AuthState state, uint noFlowTimeoutSeconds, long nowMs, out AuthEffects effects)
    {
        if (nowMs >= ExpiresAtMs(state, noFlowTimeoutSeconds))
        {
            effects = AuthEffects.Expire | AuthEffects.Report;
            return state;
        }

        effects = AuthEffects.None;
        return state.SessionEndsAtMs != 0 && nowMs >= state.SessionEndsAtMs ? EndSession(state, out effects) : state;
    }
}
