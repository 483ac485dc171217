using Natflow.Gateway.Users;
using Natflow.Policy;

namespace Natflow.Portal;

/// <summary>The gateway's users as the portal needs them. Any thread; each call is a message to the actor that owns them.</summary>
public interface ISubscribers
{
    /// <summary>The user of an address; null where the gateway has seen none.</summary>
    Task<UserView?> Find(IpAddress address);

    /// <summary>Lets a user in.</summary>
    Task<UserCommandAnswer> LogIn(LoginRequest request);

    /// <summary>Ends a user's session.</summary>
    Task<UserCommandAnswer> LogOut(IpAddress address);

    /// <summary>Changes what a running session may use up.</summary>
    Task<UserCommandAnswer> Change(SessionChangeRequest request);
}
