using Natflow.Flows.Users;
using Natflow.Policy.Auth;

namespace Natflow.Policy.Users;

/// <summary>All that is kept of a user beside its identifiers. No reference, no timer: millions lie in one array.</summary>
public struct UserEntry
{
    /// <summary>Auth.</summary>
    public AuthState Auth;

    /// <summary>Traffic since the user was first seen.</summary>
    public UserTraffic Total;

    /// <summary>Traffic of the last seconds.</summary>
    public SpeedWindows Speed;

    /// <summary>Limits of use.</summary>
    public UserQuota Quota;

    /// <summary>The user's own rates.</summary>
    public PolicyLimits Limits;

    /// <summary>MAC that was last seen, 0 for none.</summary>
    public ulong Mac;

    /// <summary>Index of the interface the user is behind, 0 for none.</summary>
    public int InterfaceIndex;

    /// <summary>Ports that are leased to the user.</summary>
    public uint PortCount;

    /// <summary>Number of the user, for its owner to give.</summary>
    public ulong Id;

    /// <summary>Number of its login, 0 for none.</summary>
    public ulong LoginNumber;

    /// <summary>Flows that it has.</summary>
    public uint FlowCount;

    /// <summary>Whether the operator or the login set <see cref="Limits"/>.</summary>
    public bool HasOwnLimits;

    /// <summary>Whether <see cref="Limits"/> are those of its session, and end with it.</summary>
    public bool HasSessionLimits;

    internal int FirstIdentifier;
    internal int IdentifierCount;
    internal bool IsUsed;

    /// <summary>Counts traffic, and takes it for a sign of life: a long download keeps its user, as it did not in the original.</summary>
    public void Count(in UserTraffic traffic, long nowMs)
    {
        Total.Add(traffic);
        Speed.Add(traffic, nowMs);
        Auth = Auth with { ActiveAtMs = Math.Max(Auth.ActiveAtMs, nowMs) };
    }
}
