using System.Security.Cryptography;
using Natflow.Actors;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Portal.Access;
using Natflow.Portal.Radius;
using Natflow.Portal.Sessions;

namespace Natflow.Portal.Logins;

/// <summary>Takes logins: checks what is shown, has the gateway let the user in, and opens the session. All of it, or none.</summary>
/// <remarks>Any thread.</remarks>
internal sealed class LoginDesk(PortalSettings settings, ISubscribers subscribers, IActorRef sessions, LoginSources sources, IPolicyEventSink events, TimeProvider clock) : IDisposable
{
    private const int HashesWaiting = 8;
    private const int NameTriesPerMinute = 30;
    private const string VoucherPrefix = "voucher:";

    private readonly RateGate<IpAddress> _clients = new(settings.AttemptsPerMinute, TimeSpan.FromMinutes(1), clock);
    private readonly RateGate<string> _names = new(NameTriesPerMinute, TimeSpan.FromMinutes(1), clock);
    private readonly SemaphoreSlim _hashing = new(1);
    private int _waiting;

    /// <summary>Tries a login.</summary>
    /// <param name="method">How.</param>
    /// <param name="client">The other end of the connection.</param>
    /// <param name="portIndex">LAN port that it came by; null where that is not known.</param>
    /// <param name="form">What was typed.</param>
    /// <param name="end">Ends it.</param>
    internal async Task<LoginRefusal> LogIn(LoginMethod method, IpAddress client, byte? portIndex, LoginForm form, CancellationToken end)
    {
        LoginRefusal refusal = await Try(method, client, portIndex, form, end);
        bool isKept = refusal is not (LoginRefusal.None or LoginRefusal.NotOffered or LoginRefusal.TooMany); // Those that a flood would bring say nothing of users.
        if (isKept)
            events.Publish(new LoginRefused(clock.GetUtcNow(), client.ToString(), NameIn(form), WordOf(method), refusal.ToString()));
        return refusal;
    }

    /// <inheritdoc />
    public void Dispose() => _hashing.Dispose();

    // What is typed into the name's field may be a password: what has not the form of a name is not kept.
    private static string NameIn(LoginForm form) => UserList.IsName(form["name"].Trim()) ? form["name"].Trim() : "";

    private static string WordOf(LoginMethod method) => method.ToString().ToLowerInvariant();

    private async Task<LoginRefusal> Try(LoginMethod method, IpAddress client, byte? portIndex, LoginForm form, CancellationToken end)
    {
        if (!settings.Methods.Contains(method))
            return LoginRefusal.NotOffered;
        if (!_clients.TryPass(client))
            return LoginRefusal.TooMany;
        UserView? user = await subscribers.Find(client);
        if (user is null && portIndex is null)
            return LoginRefusal.UnknownDevice;
        if (user?.Auth.Status == AuthStatus.Blocked)
            return LoginRefusal.Blocked;
        string sessionId = Convert.ToHexString(RandomNumberGenerator.GetBytes(8));
        Ticket ticket = await Check(method, client, user?.Mac ?? 0, sessionId, form, end);
        return ticket.Refusal == LoginRefusal.None ? await Open(method, client, portIndex, sessionId, ticket) : ticket.Refusal;
    }

    private async Task<Ticket> Check(LoginMethod method, IpAddress client, ulong mac, string sessionId, LoginForm form, CancellationToken end)
    {
        switch (method)
        {
            case LoginMethod.Click:
                return settings.Terms.Length == 0 || form["agree"].Length != 0 ? new Ticket("", SessionGrant.Unlimited) : Ticket.Refused(LoginRefusal.WrongCredentials);
            case LoginMethod.Voucher:
                LoginRefusal refusal = sources.Vouchers!.TryRedeem(form["voucher"], out string code, out SessionGrant grant);
                return refusal == LoginRefusal.None ? new Ticket(VoucherPrefix + code, grant) { VoucherCode = code } : Ticket.Refused(refusal);
            default:
                return await CheckPassword(method, client, mac, sessionId, form["name"].Trim(), form["password"], end);
        }
    }

    private async Task<Ticket> CheckPassword(LoginMethod method, IpAddress client, ulong mac, string sessionId, string name, string password, CancellationToken end)
    {
        if (!UserList.IsName(name) || name.StartsWith(VoucherPrefix, StringComparison.Ordinal) || password.Length is 0 or > PasswordHash.PasswordLengthMax)
            return Ticket.Refused(LoginRefusal.WrongCredentials);
        if (!_names.TryPass(name))
            return Ticket.Refused(LoginRefusal.TooMany);
        if (method == LoginMethod.Password)
            return await CheckHash(name, password, end);
        RadiusVerdict verdict = await sources.Radius!.Check(name, password, client, mac, sessionId, end);
        return verdict.Refusal == LoginRefusal.None
            ? new Ticket(name, verdict.Grant) { Classes = verdict.Classes, Interim = verdict.Interim }
            : Ticket.Refused(verdict.Refusal);
    }

    // One at a time: hashing is meant to be slow, and forwarding needs the processor more.
    private async Task<Ticket> CheckHash(string name, string password, CancellationToken end)
    {
        if (Interlocked.Increment(ref _waiting) > HashesWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            return Ticket.Refused(LoginRefusal.TooMany);
        }

        try
        {
            await _hashing.WaitAsync(end);
            try
            {
                SessionGrant grant = SessionGrant.Unlimited;
                bool isRight = await Task.Run(() => sources.Users!.TryCheck(name, password, out grant), end);
                return isRight ? new Ticket(name, grant) : Ticket.Refused(LoginRefusal.WrongCredentials);
            }
            finally
            {
                _hashing.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    private async Task<LoginRefusal> Open(LoginMethod method, IpAddress client, byte? portIndex, string sessionId, Ticket ticket)
    {
        SessionGrant grant = ticket.Grant.Over(settings.Session);
        var request = new LoginRequest(client, ticket.Login, grant.Seconds, grant.Limits, grant.VolumeBytes, grant.DeviceCount) { PortIndex = portIndex };
        UserCommandAnswer answer = await subscribers.LogIn(request);
        if (!answer.Result.IsTaken)
            return answer.Result.Errno == ControlErrno.Busy ? LoginRefusal.TooManyDevices : LoginRefusal.UnknownDevice;
        UserView? user = await subscribers.Find(client);
        if (user is null || user.Auth.Status is AuthStatus.Required or AuthStatus.Blocked or AuthStatus.None)
            return user?.Auth.Status == AuthStatus.Blocked ? LoginRefusal.Blocked : LoginRefusal.UnknownDevice;
        if (user.Auth is not { Status: AuthStatus.Ok, Type: AuthType.Web })
            return LoginRefusal.None; // It needed no login, and has no session.
        var session = new PortalSession
        {
            Id = sessionId,
            UserId = user.Id,
            Address = client,
            Mac = user.Mac,
            Login = ticket.Login,
            Method = method,
            VoucherCode = ticket.VoucherCode,
            Grant = grant,
            Classes = ticket.Classes,
            Interim = ticket.Interim == TimeSpan.Zero ? settings.Radius.Interim : ticket.Interim,
            StartedAt = clock.GetUtcNow(),
        };
        sessions.Tell(new SessionBegan(session, user.Total), ActorRefs.NoSender);
        if (ticket.VoucherCode.Length != 0)
            events.Publish(new VoucherUsed(clock.GetUtcNow(), client.ToString(), ticket.VoucherCode, grant.Seconds, grant.VolumeBytes));
        return LoginRefusal.None;
    }

    private sealed record Ticket(string Login, SessionGrant Grant)
    {
        internal LoginRefusal Refusal { get; init; }

        internal string VoucherCode { get; init; } = "";

        internal IReadOnlyList<byte[]> Classes { get; init; } = [];

        internal TimeSpan Interim { get; init; }

        internal static Ticket Refused(LoginRefusal refusal) => new("", SessionGrant.Unlimited) { Refusal = refusal };
    }
}
