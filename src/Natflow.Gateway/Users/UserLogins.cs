using Natflow.Flows.Users;
using Natflow.Gateway.Workers;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Users;

/// <summary>Logins and sessions of the users of a <see cref="UserBook"/>: who is in by which name, for how long, how far.</summary>
/// <remarks>One owner, the user actor.</remarks>
/// <param name="users">The users.</param>
/// <param name="events">Gets each decision.</param>
/// <param name="clock">The workers' time.</param>
/// <param name="tables">The rules.</param>
/// <param name="send">Has shards obey a user's policy; says whether its flows end.</param>
/// <param name="part">Makes an address a user of its own, behind an interface.</param>
internal sealed class UserLogins(
    UserDirectory users, IPolicyEventSink events, TimeProvider clock, Func<PolicyTables> tables, Action<int, bool> send, Action<UserIdentifier, int> part)
{
    private const long MillisecondsPerSecond = 1000;

    private readonly Dictionary<string, ulong> _numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> _names = [];
    private ulong _lastNumber;

    private long NowMs => Worker.NowMs(clock);

    private DateTimeOffset At => clock.GetUtcNow();

    private uint NoFlowTimeoutSeconds => tables().Auth.Model.NoFlowTimeoutSeconds;

    /// <summary>Name of a login; empty for none.</summary>
    internal string NameOf(ulong number) => _names.GetValueOrDefault(number, "");

    /// <summary>A login was accepted elsewhere.</summary>
    /// <returns>Null, or why the user is not let in.</returns>
    internal string? LogIn(int index, LoginRequest request)
    {
        if (IsFull(index, request))
            return $"'{request.Login}' is in with {request.DeviceCountMax} devices";
        if (request.Login.Length != 0 && users[index].LoginNumber != 0 && NameOf(users[index].LoginNumber) != request.Login)
            Part(index); // Another one at the same device: what the first had joined does not follow.
        index = Join(index, request.Login);
        ref UserEntry user = ref users[index];
        var authEvent = new AuthEvent(AuthEventKind.LoggedIn, SessionMs: request.SessionSeconds * MillisecondsPerSecond);
        user.Auth = AuthMachine.Step(user.Auth, authEvent, NoFlowTimeoutSeconds, NowMs, out AuthEffects effects);
        if (effects == AuthEffects.None)
            return null; // Blocked, or one that needs no login.
        user.Quota = new UserQuota(request.VolumeBytesMax, user.Total.RxBytes + user.Total.TxBytes, 0, request.DeviceCountMax);
        if (request.Limits != PolicyLimits.None)
        {
            user.Limits = request.Limits;
            user.HasOwnLimits = true;
            user.HasSessionLimits = true;
        }

        events.Publish(new UserLoggedIn(At, user.Id, request.Login, request.SessionSeconds, user.Limits, user.Quota) { HasSessionLimits = user.HasSessionLimits });
        send(index, false);
        return null;
    }

    /// <summary>Gives a user of an earlier process its login.</summary>
    internal void Restore(int index, string login) => Join(index, login);

    /// <summary>Other limits for a running session.</summary>
    /// <returns>Null, or why nothing was changed.</returns>
    internal string? Change(int index, SessionChangeRequest request)
    {
        ref UserEntry user = ref users[index];
        if (user.Auth is not { Status: AuthStatus.Ok, Type: AuthType.Web })
            return "there is no session";
        if (request.Limits is { IsValid: false })
            return $"rates are 0, or {PolicyLimits.RateMin} to {PolicyLimits.RateMax} bit/s";
        long endsAtMs = request.SecondsLeft switch
        {
            null => user.Auth.SessionEndsAtMs,
            0 => 0,
            { } seconds => NowMs + (seconds * MillisecondsPerSecond),
        };
        user.Auth = user.Auth with { SessionEndsAtMs = endsAtMs };
        user.Quota = user.Quota with { DeviceCountMax = request.DeviceCountMax ?? user.Quota.DeviceCountMax };
        if (request.VolumeBytesLeft is { } bytes)
            user.Quota = user.Quota with { VolumeBytesMax = bytes, VolumeBaseBytes = user.Total.RxBytes + user.Total.TxBytes };
        if (request.Limits is { } limits)
        {
            user.Limits = limits;
            user.HasOwnLimits = limits.UpBitsPerSecond != 0 || limits.DownBitsPerSecond != 0;
            user.HasSessionLimits = user.HasOwnLimits;
        }

        events.Publish(new UserSessionChanged(At, user.Id, endsAtMs == 0 ? 0 : (endsAtMs - NowMs) / MillisecondsPerSecond, user.Limits, user.Quota) { HasSessionLimits = user.HasSessionLimits });
        send(index, false);
        CheckQuota(index);
        return null;
    }

    /// <summary>A session is over.</summary>
    internal void LogOut(int index, LogoutCause cause)
    {
        ref UserEntry user = ref users[index];
        user.Auth = AuthMachine.Step(user.Auth, new AuthEvent(AuthEventKind.LoggedOut), NoFlowTimeoutSeconds, NowMs, out AuthEffects effects);
        End(index, cause, effects);
    }

    /// <summary>Draws the consequences of a session that has ended.</summary>
    internal void End(int index, LogoutCause cause, AuthEffects effects)
    {
        if (effects == AuthEffects.None)
            return;
        DropLimits(index);
        ref UserEntry user = ref users[index];
        user.Quota = default;
        events.Publish(new UserLoggedOut(At, user.Id, cause, user.Total));
        Part(index);
        send(index, (effects & AuthEffects.EndFlows) != AuthEffects.None);
    }

    /// <summary>Takes away the rates that came with a session.</summary>
    internal void DropLimits(int index)
    {
        ref UserEntry user = ref users[index];
        if (!user.HasSessionLimits)
            return;
        user.Limits = PolicyLimits.None;
        user.HasOwnLimits = false;
        user.HasSessionLimits = false;
    }

    /// <summary>Ends the session of a user that has used up what it may.</summary>
    internal void CheckQuota(int index)
    {
        ref UserEntry user = ref users[index];
        if (user.Quota == default)
            return;
        int devices = user.Quota.DeviceCountMax == 0 ? 0 : DevicesOf(index);
        UserQuotaLimits exceeded = user.Quota.Exceeded(user.Total, devices, NowMs);
        if (exceeded == UserQuotaLimits.None)
            return;
        LogOut(index, exceeded.HasFlag(UserQuotaLimits.Volume) ? LogoutCause.Volume : exceeded.HasFlag(UserQuotaLimits.Time) ? LogoutCause.Time : LogoutCause.Devices);
    }

    /// <summary>
    /// What a login joined goes apart with it: whoever logs in next at one of the addresses must not let the others in. Addresses of one MAC are one device and stay together.
    /// </summary>
    internal void Part(int index)
    {
        if (users[index].LoginNumber == 0)
            return;
        Forget(index);
        int interfaceIndex = users[index].InterfaceIndex;
        UserIdentifier[] identifiers = users.IdentifiersOf(index);
        UserIdentifier[] macs = [.. identifiers.Where(IsMac)];
        if (macs.Length == 1)
            return;
        foreach (UserIdentifier mac in macs)
            users.TryDetach(mac);
        foreach (UserIdentifier address in identifiers.Where(UserBook.IsAddress).Skip(1))
            part(address, interfaceIndex);
    }

    /// <summary>Forgets the login of a user.</summary>
    internal void Forget(int index)
    {
        ref UserEntry user = ref users[index];
        if (user.LoginNumber == 0 || !_names.Remove(user.LoginNumber, out string? name))
            return;
        _numbers.Remove(name);
        users.TryDetach(UserIdentifier.OfLogin(user.LoginNumber));
        user.LoginNumber = 0;
    }

    private static bool IsMac(UserIdentifier identifier) => identifier.Kind is UserIdentifierKind.Mac or UserIdentifierKind.LocalMac;

    // Where MACs are kept they are the devices; else an address of one family is, for a host has both.
    private int DevicesOf(int index)
    {
        int macs = 0, ipv4 = 0, ipv6 = 0;
        foreach (UserIdentifier identifier in users.IdentifiersOf(index))
        {
            macs += IsMac(identifier) ? 1 : 0;
            ipv4 += identifier.Kind == UserIdentifierKind.Ipv4 ? 1 : 0;
            ipv6 += identifier.Kind == UserIdentifierKind.Ipv6 ? 1 : 0;
        }

        return macs != 0 ? macs : ipv4 != 0 ? ipv4 : ipv6;
    }

    private bool IsFull(int index, LoginRequest request)
    {
        if (request.DeviceCountMax == 0 || !_numbers.TryGetValue(request.Login, out ulong number))
            return false;
        int owner = users.Find(UserIdentifier.OfLogin(number));
        return owner != UserDirectory.None && owner != index && users[owner].Auth.Status == AuthStatus.Ok && DevicesOf(owner) >= request.DeviceCountMax;
    }

    private int Join(int index, string login)
    {
        if (login.Length == 0)
            return index;
        if (!_numbers.TryGetValue(login, out ulong number))
        {
            number = ++_lastNumber;
            _numbers.Add(login, number);
            _names.Add(number, login);
        }

        var identifier = UserIdentifier.OfLogin(number);
        int owner = users.Find(identifier);
        if (owner == index)
            return index;
        if (owner == UserDirectory.None)
        {
            users[index].LoginNumber = number;
            if (!users.TryAttach(index, identifier))
                Forget(index);
            return index;
        }

        ulong absorbedId = users[index].Id;
        if (users.TryJoin(owner, index))
        {
            events.Publish(new UserJoined(At, users[owner].Id, absorbedId));
            return owner;
        }

        return index;
    }
}
