using Natflow.Flows.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Users;

/// <summary>A user as listings show it. Download is rx.</summary>
/// <param name="Id">Number of the user.</param>
/// <param name="Addresses">Its addresses and prefixes, newest first.</param>
/// <param name="Zone">Address space of the first.</param>
/// <param name="Mac">MAC that was last seen; 0 for none.</param>
/// <param name="Login">Its login; empty for none.</param>
/// <param name="InterfaceName">LAN interface that it is behind; empty where it is not known.</param>
/// <param name="Auth">Its standing.</param>
/// <param name="IdleMs">Time without traffic.</param>
/// <param name="Total">Traffic since it was first seen, or kicked.</param>
/// <param name="PerSecond">Traffic a second of now.</param>
/// <param name="FlowCount">Flows of the last report.</param>
/// <param name="PortCount">Ports leased to it.</param>
/// <param name="Limits">Its own rates.</param>
public sealed record UserView(
    ulong Id,
    IReadOnlyList<IpNet> Addresses,
    uint Zone,
    ulong Mac,
    string Login,
    string InterfaceName,
    AuthState Auth,
    long IdleMs,
    UserTraffic Total,
    UserTraffic PerSecond,
    uint FlowCount,
    uint PortCount,
    PolicyLimits Limits)
{
    /// <summary>Time until its login ends, ms; null for no end.</summary>
    public long? SessionMsLeft { get; init; }

    /// <summary>L3 bytes of both directions that its session has left; null for no limit.</summary>
    public ulong? VolumeBytesLeft { get; init; }
}
