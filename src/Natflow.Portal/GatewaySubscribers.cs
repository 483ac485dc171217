using Natflow.Gateway.Users;
using Natflow.Policy;

namespace Natflow.Portal;

/// <summary>The users of a running gateway.</summary>
public sealed class GatewaySubscribers(UserControl users) : ISubscribers
{
    /// <inheritdoc />
    public async Task<UserView?> Find(IpAddress address) => (await users.Page(new UserPageRequest(address, 0, 1))).Users is [{ } user, ..] ? user : null;

    /// <inheritdoc />
    public Task<UserCommandAnswer> LogIn(LoginRequest request) => users.LogIn(request);

    /// <inheritdoc />
    public Task<UserCommandAnswer> LogOut(IpAddress address) => users.LogOut(address);

    /// <inheritdoc />
    public Task<UserCommandAnswer> Change(SessionChangeRequest request) => users.Change(request);
}
