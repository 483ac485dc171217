using Natflow.Flows.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Users;

/// <summary>A user as the record of an earlier process has it: that process died, or ended, and this one goes on.</summary>
/// <param name="Addresses">Its addresses, at least one, the first first.</param>
/// <param name="Zone">Address space of all of them.</param>
/// <param name="Auth">Status, type and rule; its times are not looked at.</param>
public sealed record KnownUser(IReadOnlyList<IpAddress> Addresses, ushort Zone, AuthState Auth)
{
    /// <summary>MAC that was last seen; 0 for none.</summary>
    public ulong Mac { get; init; }

    /// <summary>LAN interface that it was behind; empty where it is not known.</summary>
    public string InterfaceName { get; init; } = "";

    /// <summary>Its login; empty for none.</summary>
    public string Login { get; init; } = "";

    /// <summary>Time that its session has left; null for no end.</summary>
    public TimeSpan? SessionLeft { get; init; }

    /// <summary>Its own rates.</summary>
    public PolicyLimits Limits { get; init; } = PolicyLimits.None;

    /// <summary>Whether it has rates of its own.</summary>
    public bool HasOwnLimits { get; init; }

    /// <summary>Whether these are of its session, and end with it.</summary>
    public bool HasSessionLimits { get; init; }

    /// <summary>Limits of use.</summary>
    public UserQuota Quota { get; init; }

    /// <summary>Traffic on record.</summary>
    public UserTraffic Total { get; init; }

    /// <summary>The state as the gate knows it.</summary>
    /// <param name="generation">Generation that the match is said to be of.</param>
    /// <param name="nowMs">The clock, ms.</param>
    internal AuthState AuthAt(ushort generation, long nowMs) => Auth with
    {
        Generation = generation,
        ActiveAtMs = nowMs,
        SessionEndsAtMs = SessionLeft is { } left ? nowMs + Math.Max(1, (long)left.TotalMilliseconds) : 0,
    };
}
