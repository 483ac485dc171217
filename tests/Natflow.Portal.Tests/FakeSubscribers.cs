using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Users;

namespace Natflow.Portal.Tests;

/// <summary>Users of a gateway that obeys at once. Events of what was decided go where they would.</summary>
internal sealed class FakeSubscribers : ISubscribers
{
    private readonly Dictionary<IpAddress, UserView> _users = [];
    private readonly Lock _gate = new();
    private ulong _lastId;

    internal List<LoginRequest> Logins { get; } = [];

    internal List<SessionChangeRequest> Changes { get; } = [];

    internal Action<PolicyEvent> Publish { get; set; } = static _ => { };

    internal UserView Add(string address, AuthStatus status = AuthStatus.Required, ulong mac = 0x02_00_00_00_00_01)
    {
        Assert.True(IpAddress.TryParse(address, out IpAddress parsed));
        var auth = AuthState.NewAt(0) with { Status = status, Type = AuthType.Web };
        return Set(new UserView(++_lastId, [IpNet.Of(parsed, parsed.WidthBits)], 0, mac, "", "lan0", auth, 0, default, default, 0, 0, Flows.Users.PolicyLimits.None));
    }

    internal UserView Set(UserView user)
    {
        lock (_gate)
            _users[user.Addresses[0].Network] = user;
        return user;
    }

    internal UserView this[string address] => IpAddress.TryParse(address, out IpAddress parsed) ? _users[parsed] : throw new FormatException(address);

    public Task<UserView?> Find(IpAddress address)
    {
        lock (_gate)
            return Task.FromResult(_users.GetValueOrDefault(address));
    }

    public async Task<UserCommandAnswer> LogIn(LoginRequest request)
    {
        if (await Find(request.Address) is null && request.PortIndex is not null)
            Add(request.Address.ToString());
        return await OnEach(request.Address, user =>
        {
            Logins.Add(request);
            Set(user with
            {
                Login = request.Login,
                Auth = user.Auth with { Status = AuthStatus.Ok },
                Limits = request.Limits,
                SessionMsLeft = request.SessionSeconds == 0 ? null : request.SessionSeconds * 1000,
                VolumeBytesLeft = request.VolumeBytesMax == 0 ? null : request.VolumeBytesMax,
            });
        });
    }

    public Task<UserCommandAnswer> LogOut(IpAddress address) => OnEach(address, user =>
    {
        Set(user with { Login = "", Auth = user.Auth with { Status = AuthStatus.Required } });
        Publish(new UserLoggedOut(DateTimeOffset.UnixEpoch, user.Id, LogoutCause.Request, user.Total));
    });

    public Task<UserCommandAnswer> Change(SessionChangeRequest request) => OnEach(request.Address, user =>
    {
        Changes.Add(request);
        Set(user with { Limits = request.Limits ?? user.Limits });
    });

    private async Task<UserCommandAnswer> OnEach(IpAddress address, Action<UserView> action)
    {
        if (await Find(address) is not { } user)
            return new UserCommandAnswer(ControlResult.Refused(ControlErrno.NotFound, "none"), 0);
        action(user);
        return new UserCommandAnswer(ControlResult.Taken, 1);
    }

    internal static UserTraffic Traffic(ulong rx, ulong tx) => new(rx / 1000, rx, tx / 1000, tx);
}
