using Natflow.Flows.Users;
using Natflow.Gateway.Workers;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Qos;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Users;

/// <summary>
/// All users and what is decided about them. Each decision is an event first; what follows of it for packets is a <see cref="UserPolicy"/> for each of the user's
/// addresses. Flat arrays, no timer for a user: a million of them is one book.
/// </summary>
/// <remarks>One owner, the user actor.</remarks>
internal sealed class UserBook
{
    private const int IdentifiersPerUser = 2;
    private const int ExportPage = 4096;

    private readonly UserDirectory _users;
    private readonly TrafficOwners _trafficOwners;
    private readonly UserPolicy[] _sent;
    private readonly long[] _changedAt; // By the book's own count of changes.
    private readonly TrafficRecords _records;
    private readonly UserLogins _logins;
    private readonly HashSet<uint> _zones = [];
    private readonly IPolicyEventSink _events;
    private readonly Action<UInt128, ushort, UserPolicy> _obey;
    private readonly TimeProvider _clock;
    private readonly Action<int>? _tell;
    private ulong _lastId;
    private long _version;

    /// <summary>Makes room.</summary>
    /// <param name="capacity">Users at most.</param>
    /// <param name="tables">The rules.</param>
    /// <param name="events">Gets each decision.</param>
    /// <param name="obey">Gets each policy with the address and zone it is for.</param>
    /// <param name="clock">The workers' time.</param>
    /// <param name="tell">Told of each user that was refreshed, or about whom something was decided, when it is done; null tells nobody.</param>
    internal UserBook(int capacity, PolicyTables tables, IPolicyEventSink events, Action<UInt128, ushort, UserPolicy> obey, TimeProvider clock, Action<int>? tell = null)
    {
        _tell = tell;
        _users = new UserDirectory(capacity, capacity * IdentifiersPerUser);
        _trafficOwners = new TrafficOwners(_users);
        _sent = new UserPolicy[capacity];
        _changedAt = new long[capacity];
        _records = new TrafficRecords(capacity);
        Tables = tables;
        _events = events;
        _obey = obey;
        _clock = clock;
        _logins = new UserLogins(_users, events, clock, () => Tables, SendAndTell, Part);
    }

    /// <summary>Users.</summary>
    internal int Count => _users.Count;

    /// <summary>Highest index ever used plus one.</summary>
    internal int UsedIndexEnd => _users.UsedIndexEnd;

    /// <summary>Subscribers that found the book full.</summary>
    internal ulong RefusedCount { get; private set; }

    /// <summary>The rules. Users are matched against others by <see cref="Review"/>.</summary>
    internal PolicyTables Tables { get; set; }

    private long NowMs => Worker.NowMs(_clock);

    private DateTimeOffset At => _clock.GetUtcNow();

    /// <summary>A subscriber was seen by a shard.</summary>
    internal void OnSeen(in UserNotice notice)
    {
        IpAddress address = FlowJudge.AddressOf(notice.Address);
        _zones.Add(notice.Zone);
        int index = _users.FindByAddress(address, notice.Zone);
        if (index == UserDirectory.None)
            index = Begin(address, in notice);
        if (index == UserDirectory.None)
        {
            RefusedCount++;
            return;
        }

        ref UserEntry user = ref _users[index];
        int interfaceIndex = notice.PortIndex + 1;
        bool hasMoved = notice.Mac != 0 && (user.Mac != notice.Mac || user.InterfaceIndex != interfaceIndex);
        if (notice.Mac != 0)
        {
            user.Mac = notice.Mac;
            user.InterfaceIndex = interfaceIndex;
        }

        if (hasMoved)
            _events.Publish(new UserMoved(At, user.Id, address.ToString(), MacText.Print(user.Mac), InterfaceOf(in user)));
        Match(index, address);
        SendAndTell(index, endsFlows: false);
    }

    /// <summary>Takes up a user of an earlier process; one that has no room, or whose addresses others have, is counted. Nothing is sent: its shards know.</summary>
    internal void Restore(KnownUser known)
    {
        _zones.Add(known.Zone);
        int index = UserDirectory.None;
        foreach (IpAddress address in known.Addresses)
        {
            var identifier = UserIdentifier.OfAddress(address, known.Zone);
            bool isFree = _users.Find(identifier) == UserDirectory.None;
            if (isFree && index == UserDirectory.None)
                index = _users.Add(identifier, NowMs);
            else if (isFree)
                _users.TryAttach(index, identifier);
        }

        if (index == UserDirectory.None)
        {
            RefusedCount++;
            return;
        }

        Restore(index, known);
    }

    /// <summary>Takes a user of another node over, in the place of what is known of its addresses. Its shards know already.</summary>
    internal void Adopt(KnownUser known)
    {
        foreach (IpAddress address in known.Addresses)
        {
            int index = _users.FindByAddress(address, known.Zone);
            if (index == UserDirectory.None)
                continue;
            _logins.Forget(index);
            _users.Remove(index);
        }

        Restore(known);
    }

    /// <summary>Users that have changed since a version, a page at a time.</summary>
    internal UsersExport Export(UsersExportRequest request)
    {
        var users = new List<KnownUser>();
        int position = Math.Max(0, request.From);
        for (; position < _users.UsedIndexEnd && users.Count < ExportPage; position++)
        {
            if (_users.IsUser(position) && _changedAt[position] > request.Since && Known(position) is { } known)
                users.Add(known);
        }

        return new UsersExport(_version, users, position < _users.UsedIndexEnd ? position : null);
    }

    private KnownUser? Known(int index)
    {
        ref UserEntry user = ref _users[index];
        UserIdentifier[] addresses = [.. _users.IdentifiersOf(index).Where(IsAddress)];
        if (addresses.Length == 0)
            return null;
        return new KnownUser([.. addresses.Select(AddressOf)], (ushort)addresses[0].Zone, user.Auth)
        {
            Mac = user.Mac,
            InterfaceName = InterfaceOf(in user),
            Login = _logins.NameOf(user.LoginNumber),
            SessionLeft = user.Auth.SessionEndsAtMs == 0 ? null : TimeSpan.FromMilliseconds(Math.Max(0, user.Auth.SessionEndsAtMs - NowMs)),
            Limits = user.Limits,
            HasOwnLimits = user.HasOwnLimits,
            HasSessionLimits = user.HasSessionLimits,
            Quota = user.Quota,
            Total = user.Total,
        };
    }

    private void Restore(int index, KnownUser known)
    {
        _changedAt[index] = ++_version;
        ref UserEntry user = ref _users[index];
        user.Id = ++_lastId;
        user.Mac = known.Mac;
        user.InterfaceIndex = PortNumberOf(known.InterfaceName);
        user.Auth = known.AuthAt(unchecked((ushort)(Tables.Auth.Model.Generation - 1)), NowMs); // So that the rules of now are asked where they decide.
        user.Limits = known.Limits;
        user.HasOwnLimits = known.HasOwnLimits;
        user.HasSessionLimits = known.HasSessionLimits;
        user.Total = known.Total;
        user.Quota = known.Quota;
        _sent[index] = default;
        _records.Begin(index, in user.Total, NowMs);
        if (Tables.Models.JoinsByMac && known.Mac != 0 && _users.Find(UserIdentifier.OfMac(known.Mac)) == UserDirectory.None)
            _users.TryAttach(index, UserIdentifier.OfMac(known.Mac));
        _events.Publish(new UserRestored(At, user.Id, known.Addresses[0].ToString(), known.Zone));
        _logins.Restore(index, known.Login);
    }

    /// <summary>The traffic of a shard's subscriber.</summary>
    internal void OnTraffic(int shardIndex, in UserDelta delta, long nowMs)
    {
        int index = _trafficOwners.Find(shardIndex, in delta);
        if (index == UserDirectory.None)
            return;
        ref UserEntry user = ref _users[index];
        user.Count(new UserTraffic(delta.PacketsIn, delta.BytesIn, delta.PacketsOut, delta.BytesOut), nowMs);
        user.FlowCount = delta.FlowCount;
        user.PortCount = delta.PortCount;
        _changedAt[index] = ++_version;
        _logins.CheckQuota(index);
    }

    /// <summary>Matches a user against the rules of now, and sends what is new of its policy.</summary>
    internal void Review(int index)
    {
        if (!_users.IsUser(index))
            return;
        if (TryFirstAddress(index, out IpAddress address))
            Match(index, address);
        Send(index, endsFlows: false, always: false);
    }

    /// <summary>Time went by for a user.</summary>
    internal void Tick(int index, long nowMs)
    {
        if (!_users.IsUser(index))
            return;
        ref UserEntry user = ref _users[index];
        user.Auth = AuthMachine.Step(user.Auth, new AuthEvent(AuthEventKind.Tick), Tables.Auth.Model.NoFlowTimeoutSeconds, nowMs, out AuthEffects effects);
        bool isKept = user.Auth.Status == AuthStatus.Blocked || user.HasOwnLimits; // What the operator said outlives a silence.
        if ((effects & AuthEffects.Expire) != AuthEffects.None && isKept)
            return;
        if ((effects & AuthEffects.Expire) != AuthEffects.None)
        {
            _events.Publish(new UserExpired(At, user.Id, user.Total));
            Forget(index);
            return;
        }

        if (effects != AuthEffects.None)
            _logins.End(index, LogoutCause.Time, effects);
        else
            _logins.CheckQuota(index);
        if (_records.IsDue(index, in user.Total, in user.Quota, nowMs))
            _events.Publish(new UserTrafficCounted(At, user.Id, user.Total));
    }

    /// <summary>Does what a command says.</summary>
    internal UserCommandAnswer Do(UserCommand command, uint? zone = null)
    {
        switch (command.Kind)
        {
            case UserCommandKind.None:
                return new UserCommandAnswer(ControlResult.Taken, 0);
            case UserCommandKind.KickAll:
                int kicked = 0;
                for (int index = 0; index < _users.UsedIndexEnd; index++)
                    kicked += Kick(index) ? 1 : 0;
                return new UserCommandAnswer(ControlResult.Taken, kicked);
            case UserCommandKind.Kick:
                return OnEach(command.Address, index => Kick(index), zone);
            case UserCommandKind.SetStatus:
                return OnEach(command.Address, index => SetStatus(index, (AuthStatus)command.Status), zone);
            default:
                PolicyLimits limits = QosLimits.Of(command.RxBytesPerSecond, command.TxBytesPerSecond, Tables.Models.Burst);
                return OnEach(command.Address, index => SetLimits(index, in limits), zone);
        }
    }

    /// <summary>Sets a user's own rates.</summary>
    internal UserCommandAnswer Limit(UserLimitsRequest request)
    {
        PolicyLimits limits = request.Limits;
        return limits.IsValid
            ? OnEach(request.Address, index => SetLimits(index, in limits), request.Zone)
            : new UserCommandAnswer(ControlResult.Invalid($"rates are 0, or {PolicyLimits.RateMin} to {PolicyLimits.RateMax} bit/s"), 0);
    }

    /// <summary>A login was accepted elsewhere.</summary>
    internal UserCommandAnswer LogIn(LoginRequest request)
    {
        if (request.PortIndex is { } port && port < Tables.Ports.Length && Find(request.Address).Count == 0)
            OnSeen(new UserNotice(0, FlowJudge.MappedOf(request.Address), Tables.Ports[port].Zone, port, (byte)AuthStatus.None, 0));
        return OnEach(request.Address, index => _logins.LogIn(index, request));
    }

    /// <summary>Other limits for a running session.</summary>
    internal UserCommandAnswer Change(SessionChangeRequest request) => OnEach(request.Address, index => _logins.Change(index, request));

    /// <summary>A session is over.</summary>
    internal UserCommandAnswer LogOut(IpAddress address) => OnEach(address, index => _logins.LogOut(index, LogoutCause.Request));

    /// <summary>Some users.</summary>
    internal UserPage Page(UserPageRequest request)
    {
        var rows = new List<UserView>();
        if (request.Address is { } address)
        {
            foreach (int index in Find(address))
                rows.Add(View(index));
            return new UserPage(rows, null, _users.Count);
        }

        int position = Math.Max(0, request.From);
        for (; position < _users.UsedIndexEnd && rows.Count < request.Count; position++)
        {
            if (_users.IsUser(position))
                rows.Add(View(position));
        }

        return new UserPage(rows, position < _users.UsedIndexEnd ? position : null, _users.Count);
    }

    /// <summary>A user by address; null for none.</summary>
    internal UserView? Find(in IpAddress address, uint zone) => _users.FindByAddress(address, zone) is var index and not UserDirectory.None ? View(index) : null;

    /// <summary>Whether an entry is in use.</summary>
    internal bool IsUser(int index) => _users.IsUser(index);

    /// <summary>An entry, for those who look through the book.</summary>
    internal ref readonly UserEntry this[int index] => ref _users[index];

    /// <summary>An entry's identifiers.</summary>
    internal IEnumerable<UserIdentifier> IdentifiersOf(int index) => _users.IdentifiersOf(index);

    /// <summary>An entry's newest address.</summary>
    internal bool TryNewestAddress(int index, out UserIdentifier address) => _users.TryNewestAddress(index, out address);

    /// <summary>An entry's login; empty for none.</summary>
    internal string LoginOf(int index) => _logins.NameOf(_users[index].LoginNumber);

    private int Begin(in IpAddress address, in UserNotice notice)
    {
        var identifier = UserIdentifier.OfAddress(address, notice.Zone);
        bool joins = Tables.Models.JoinsByMac && notice.Mac != 0;
        int known = joins ? _users.Find(UserIdentifier.OfMac(notice.Mac)) : UserDirectory.None;
        if (known != UserDirectory.None && _users.TryAttach(known, identifier))
        {
            _events.Publish(new UserAddressAdded(At, _users[known].Id, address.ToString(), notice.Zone));
            return known;
        }

        int index = _users.Add(identifier, NowMs);
        if (index == UserDirectory.None)
            return index;
        ref UserEntry user = ref _users[index];
        user.Id = ++_lastId;
        user.Mac = notice.Mac;
        user.InterfaceIndex = notice.PortIndex + 1;
        _sent[index] = default;
        _records.Begin(index, default, NowMs);
        if (notice.Status == (byte)AuthStatus.Blocked)
            user.Auth = user.Auth with { Status = AuthStatus.Blocked };
        if (joins && known == UserDirectory.None)
            _users.TryAttach(index, UserIdentifier.OfMac(notice.Mac));
        _events.Publish(new UserSeen(At, user.Id, address.ToString(), notice.Zone, notice.Mac == 0 ? "" : MacText.Print(notice.Mac), InterfaceOf(in user)));
        return index;
    }

    private void Match(int index, in IpAddress address)
    {
        ref UserEntry user = ref _users[index];
        AuthMatch match = Tables.Auth.Model.IsDisabled
            ? new AuthMatch(AuthType.Unknown, AuthState.NoRule, IsWhite: false, Tables.Auth.Model.Generation)
            : Tables.Match(address, PortOf(in user), user.Mac);
        user.Auth = AuthMachine.Step(user.Auth, new AuthEvent(AuthEventKind.Seen, match), Tables.Auth.Model.NoFlowTimeoutSeconds, NowMs, out AuthEffects effects);
        if ((effects & AuthEffects.Report) != AuthEffects.None)
            _events.Publish(new UserMatched(At, user.Id, user.Auth.Status, user.Auth.Type, user.Auth.RuleId));
    }

    private bool Kick(int index)
    {
        if (!_users.IsUser(index))
            return false;
        ref UserEntry user = ref _users[index];
        _events.Publish(new UserKicked(At, user.Id, user.Total));
        user.Auth = AuthMachine.Step(user.Auth, new AuthEvent(AuthEventKind.Kicked), Tables.Auth.Model.NoFlowTimeoutSeconds, NowMs, out _);
        user.Total = default;
        _records.Begin(index, default, NowMs);
        user.Speed = default;
        user.Quota = default;
        _logins.DropLimits(index);
        _logins.Part(index);
        if (TryFirstAddress(index, out IpAddress address))
            Match(index, address);
        SendAndTell(index, endsFlows: true);
        return true;
    }

    private void SetStatus(int index, AuthStatus status)
    {
        ref UserEntry user = ref _users[index];
        _events.Publish(new UserStatusSet(At, user.Id, status));
        user.Auth = AuthMachine.Step(user.Auth, new AuthEvent(AuthEventKind.StatusSet, Status: status), Tables.Auth.Model.NoFlowTimeoutSeconds, NowMs, out AuthEffects effects);
        if (status == AuthStatus.None && TryFirstAddress(index, out IpAddress address))
            Match(index, address); // As if it were seen now.
        SendAndTell(index, (effects & AuthEffects.EndFlows) != AuthEffects.None);
    }

    private void SetLimits(int index, in PolicyLimits limits)
    {
        ref UserEntry user = ref _users[index];
        _events.Publish(new UserLimitsSet(At, user.Id, limits));
        user.Limits = limits;
        user.HasOwnLimits = limits.UpBitsPerSecond != 0 || limits.DownBitsPerSecond != 0;
        user.HasSessionLimits = false; // What the operator says outlives the session.
        Send(index, endsFlows: false, always: true);
    }

    // An address that leaves its user starts as if it were seen now, behind the same port.
    private void Part(UserIdentifier identifier, int interfaceIndex)
    {
        int index = _users.Split(identifier, NowMs);
        if (index == UserDirectory.None)
            return;
        IpAddress address = AddressOf(identifier);
        ref UserEntry user = ref _users[index];
        user.Id = ++_lastId;
        user.InterfaceIndex = interfaceIndex;
        _sent[index] = default;
        _records.Begin(index, default, NowMs);
        _events.Publish(new UserSeen(At, user.Id, address.ToString(), (ushort)identifier.Zone, MacText.Print(user.Mac), InterfaceOf(in user)));
        Match(index, address);
        Send(index, endsFlows: true, always: true);
    }

    // The shard keeps nothing of a user that is gone: what its address gets next comes of the rules.
    private void Forget(int index)
    {
        ref UserEntry user = ref _users[index];
        user.Auth = AuthState.NewAt(NowMs);
        user.Limits = PolicyLimits.None;
        user.HasOwnLimits = false;
        if (TryFirstAddress(index, out IpAddress address))
            user.Auth = AuthMachine.Step(user.Auth, new AuthEvent(AuthEventKind.Seen, Tables.Match(address, PortOf(in user), user.Mac)), 0, NowMs, out _);
        Send(index, endsFlows: false, always: true);
        _logins.Forget(index);
        _users.Remove(index);
    }

    private void SendAndTell(int index, bool endsFlows)
    {
        Send(index, endsFlows, always: true);
        _tell?.Invoke(index);
    }

    private void Send(int index, bool endsFlows, bool always)
    {
        ref UserEntry user = ref _users[index];
        _changedAt[index] = ++_version;
        foreach (UserIdentifier identifier in _users.IdentifiersOf(index))
        {
            if (!IsAddress(identifier))
                continue;
            IpAddress address = AddressOf(identifier);
            UserPolicy policy = Compile(in user, address) with { EndsFlows = endsFlows };
            if (!always && policy == _sent[index])
                continue;
            _sent[index] = policy with { EndsFlows = false };
            _obey(FlowJudge.MappedOf(address), (ushort)identifier.Zone, policy);
        }
    }

    private UserPolicy Compile(in UserEntry user, in IpAddress address) => UserPolicyCompiler.Compile(Tables, in user, address);

    private UserCommandAnswer OnEach(in IpAddress address, Action<int> action, uint? zone = null)
    {
        List<int> found = Find(address, zone);
        found.ForEach(action);
        return UserCommandAnswer.Of(address, found.Count);
    }

    private UserCommandAnswer OnEach(in IpAddress address, Func<int, string?> action, uint? zone = null)
    {
        List<int> found = Find(address, zone);
        foreach (int index in found)
        {
            if (action(index) is { } refusal)
                return new UserCommandAnswer(ControlResult.Refused(ControlErrno.Busy, refusal), 0);
        }

        return UserCommandAnswer.Of(address, found.Count);
    }

    // The original has one address space; an address in several zones is a user in each.
    private List<int> Find(in IpAddress address, uint? only = null)
    {
        var found = new List<int>();
        foreach (uint zone in _zones)
        {
            int index = only is { } wanted && zone != wanted ? UserDirectory.None : _users.FindByAddress(address, zone);
            if (index != UserDirectory.None && !found.Contains(index))
                found.Add(index);
        }

        return found;
    }

    /// <summary>An entry as listings show it.</summary>
    internal UserView View(int index)
    {
        ref UserEntry user = ref _users[index];
        UserIdentifier[] identifiers = [.. _users.IdentifiersOf(index).Where(IsAddress)];
        long nowMs = NowMs;
        return new UserView(
            user.Id,
            [.. identifiers.Select(static identifier => IpNet.Of(AddressOf(identifier), identifier.LengthBits))],
            identifiers.Length == 0 ? 0 : identifiers[0].Zone,
            user.Mac,
            _logins.NameOf(user.LoginNumber),
            InterfaceOf(in user),
            user.Auth,
            Math.Max(0, nowMs - user.Auth.ActiveAtMs),
            user.Total,
            user.Speed.PerSecond(nowMs),
            user.FlowCount,
            user.PortCount,
            user.HasOwnLimits ? user.Limits : Tables.Models.UserLimits)
        {
            SessionMsLeft = user.Auth.SessionEndsAtMs == 0 ? null : Math.Max(0, user.Auth.SessionEndsAtMs - nowMs),
            VolumeBytesLeft = user.Quota.BytesLeft(user.Total),
        };
    }

    private bool TryFirstAddress(int index, out IpAddress address)
    {
        foreach (UserIdentifier identifier in _users.IdentifiersOf(index))
        {
            address = AddressOf(identifier);
            if (IsAddress(identifier))
                return true;
        }

        address = default;
        return false;
    }

    internal static bool IsAddress(UserIdentifier identifier) => identifier.Kind is UserIdentifierKind.Ipv4 or UserIdentifierKind.Ipv6;

    /// <summary>The address of an identifier that is one.</summary>
    internal static IpAddress AddressOf(UserIdentifier identifier) =>
        identifier.Kind == UserIdentifierKind.Ipv4 ? IpAddress.FromIpv4((uint)identifier.Value) : IpAddress.FromIpv6(identifier.Value);

    private static byte PortOf(in UserEntry user) => user.InterfaceIndex == 0 ? byte.MaxValue : (byte)(user.InterfaceIndex - 1);

    private int PortNumberOf(string interfaceName)
    {
        for (int i = 0; i < Tables.Ports.Length; i++)
        {
            if (Tables.Ports[i].InterfaceName == interfaceName)
                return i + 1;
        }

        return 0;
    }

    private string InterfaceOf(in UserEntry user) =>
        user.InterfaceIndex > 0 && user.InterfaceIndex <= Tables.Ports.Length ? Tables.Ports[user.InterfaceIndex - 1].InterfaceName : "";
}
