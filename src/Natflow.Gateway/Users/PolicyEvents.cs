using System.Text.Json.Serialization;
using Natflow.Flows.Users;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Users;

/// <summary>Something that was decided about users. What leaves the process: names and fields only grow; a changed meaning is a higher <see cref="Version"/>.</summary>
/// <param name="At">When.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(UserSeen), "user-seen")]
[JsonDerivedType(typeof(UserMoved), "user-moved")]
[JsonDerivedType(typeof(UserMatched), "user-matched")]
[JsonDerivedType(typeof(UserStatusSet), "user-status-set")]
[JsonDerivedType(typeof(UserKicked), "user-kicked")]
[JsonDerivedType(typeof(UserLimitsSet), "user-limits-set")]
[JsonDerivedType(typeof(UserLoggedIn), "user-logged-in")]
[JsonDerivedType(typeof(UserLoggedOut), "user-logged-out")]
[JsonDerivedType(typeof(UserSessionChanged), "user-session-changed")]
[JsonDerivedType(typeof(UserJoined), "user-joined")]
[JsonDerivedType(typeof(UserExpired), "user-expired")]
[JsonDerivedType(typeof(UserRestored), "user-restored")]
[JsonDerivedType(typeof(UserAddressAdded), "user-address-added")]
[JsonDerivedType(typeof(UserTrafficCounted), "user-traffic")]
[JsonDerivedType(typeof(LoginRefused), "login-refused")]
[JsonDerivedType(typeof(VoucherUsed), "voucher-used")]
[JsonDerivedType(typeof(RulesChanged), "rules-changed")]
[JsonDerivedType(typeof(RulesWritten), "rules-written")]
[JsonDerivedType(typeof(RulesConfigured), "rules-configured")]
public abstract record PolicyEvent(DateTimeOffset At)
{
    /// <summary>Version of the record's meaning.</summary>
    public virtual int Version => 1;
}

/// <summary>An event of one user.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">Number of the user, never given twice by one gateway process.</param>
public abstract record UserEvent(DateTimeOffset At, ulong UserId) : PolicyEvent(At);

/// <summary>A user was seen for the first time.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Address">Its address.</param>
/// <param name="Zone">Address space.</param>
/// <param name="Mac">Its MAC; empty where no packet has told it.</param>
/// <param name="InterfaceName">LAN interface that it is behind.</param>
public sealed record UserSeen(DateTimeOffset At, ulong UserId, string Address, ushort Zone, string Mac, string InterfaceName) : UserEvent(At, UserId);

/// <summary>A user came with another MAC, or by another interface.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Address">Its address.</param>
/// <param name="Mac">The MAC of now.</param>
/// <param name="InterfaceName">The interface of now.</param>
public sealed record UserMoved(DateTimeOffset At, ulong UserId, string Address, string Mac, string InterfaceName) : UserEvent(At, UserId);

/// <summary>The auth rules gave a user another standing.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Status">Its status.</param>
/// <param name="Type">How the rule lets users in.</param>
/// <param name="RuleId">Number of the rule.</param>
public sealed record UserMatched(DateTimeOffset At, ulong UserId, AuthStatus Status, AuthType Type, uint RuleId) : UserEvent(At, UserId);

/// <summary>The operator set a user's status.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Status">Its status.</param>
public sealed record UserStatusSet(DateTimeOffset At, ulong UserId, AuthStatus Status) : UserEvent(At, UserId);

/// <summary>The operator sent a user back to the start.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Total">Its traffic so far.</param>
public sealed record UserKicked(DateTimeOffset At, ulong UserId, UserTraffic Total) : UserEvent(At, UserId);

/// <summary>A user's own rates were set.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Limits">The rates.</param>
public sealed record UserLimitsSet(DateTimeOffset At, ulong UserId, PolicyLimits Limits) : UserEvent(At, UserId);

/// <summary>A user logged in.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Login">Its login; empty for a click.</param>
/// <param name="SessionSeconds">How long the login holds; 0 for no end.</param>
/// <param name="Limits">Rates of the session.</param>
/// <param name="Quota">Limits of use.</param>
public sealed record UserLoggedIn(DateTimeOffset At, ulong UserId, string Login, long SessionSeconds, PolicyLimits Limits, UserQuota Quota) : UserEvent(At, UserId)
{
    /// <summary>Whether the rates are those of the session, and end with it.</summary>
    public bool HasSessionLimits { get; init; }
}

/// <summary>A running session has other limits.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="SecondsLeft">How long it holds from now on; 0 for no end.</param>
/// <param name="Limits">Rates of the session.</param>
/// <param name="Quota">Limits of use.</param>
public sealed record UserSessionChanged(DateTimeOffset At, ulong UserId, long SecondsLeft, PolicyLimits Limits, UserQuota Quota) : UserEvent(At, UserId)
{
    /// <summary>Whether the rates are those of the session, and end with it.</summary>
    public bool HasSessionLimits { get; init; }
}

/// <summary>A session is over.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Cause">Why.</param>
/// <param name="Total">Its traffic so far.</param>
public sealed record UserLoggedOut(DateTimeOffset At, ulong UserId, LogoutCause Cause, UserTraffic Total) : UserEvent(At, UserId);

/// <summary>Two users are one from now on.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user that stays.</param>
/// <param name="AbsorbedId">The user that is gone.</param>
public sealed record UserJoined(DateTimeOffset At, ulong UserId, ulong AbsorbedId) : UserEvent(At, UserId);

/// <summary>A user was forgotten after a silence.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Total">Its traffic.</param>
public sealed record UserExpired(DateTimeOffset At, ulong UserId, UserTraffic Total) : UserEvent(At, UserId);

/// <summary>A user of an earlier process was taken up under a number of this one.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Address">Its first address.</param>
/// <param name="Zone">Address space.</param>
public sealed record UserRestored(DateTimeOffset At, ulong UserId, string Address, ushort Zone) : UserEvent(At, UserId);

/// <summary>A user came with one more address.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Address">The address, which was nobody's.</param>
/// <param name="Zone">Address space.</param>
public sealed record UserAddressAdded(DateTimeOffset At, ulong UserId, string Address, ushort Zone) : UserEvent(At, UserId);

/// <summary>What a user sent and got so far.</summary>
/// <param name="At">When.</param>
/// <param name="UserId">The user.</param>
/// <param name="Total">Its traffic.</param>
public sealed record UserTrafficCounted(DateTimeOffset At, ulong UserId, UserTraffic Total) : UserEvent(At, UserId);

/// <summary>Lines of a control device were taken.</summary>
/// <param name="At">When.</param>
/// <param name="Device">The device.</param>
/// <param name="Lines">The lines, in order.</param>
/// <param name="IsAll">Whether they stand in the place of all lines of the device before.</param>
public sealed record RulesWritten(DateTimeOffset At, ControlDevice Device, IReadOnlyList<string> Lines, bool IsAll) : PolicyEvent(At);

/// <summary>A configuration was put in the place of all rules.</summary>
/// <param name="At">When.</param>
/// <param name="Digest">Tells configurations apart.</param>
public sealed record RulesConfigured(DateTimeOffset At, string Digest) : PolicyEvent(At);

/// <summary>Other rules are in force.</summary>
/// <param name="At">When.</param>
/// <param name="Generation">Generation of the auth rules.</param>
/// <param name="AuthRules">Auth rules.</param>
/// <param name="QosRules">QoS rules.</param>
/// <param name="HostRules">Host rules.</param>
public sealed record RulesChanged(DateTimeOffset At, ushort Generation, int AuthRules, int QosRules, int HostRules) : PolicyEvent(At);

/// <summary>Why a session is over.</summary>
public enum LogoutCause
{
    /// <summary>The user or the operator ended it.</summary>
    Request = 0,

    /// <summary>Its time was over.</summary>
    Time = 1,

    /// <summary>Its volume was used up.</summary>
    Volume = 2,

    /// <summary>Too many devices.</summary>
    Devices = 3,
}
