using Natflow.Actors;
using Natflow.Gateway.Users;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;
using Natflow.Portal.Logins;
using Natflow.Portal.Radius;

namespace Natflow.Portal.Sessions;

/// <summary>
/// Owns the portal's sessions: hears of logins from the page and of ends from the users' events, reports them, settles vouchers, ends what was idle for too long, and
/// does what RADIUS servers want. Whether a user may pass is not decided here: that is the user actor's.
/// </summary>
internal sealed class SessionActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(10);

    private readonly ISubscribers _subscribers;
    private readonly ISessionRecorder _recorder;
    private readonly VoucherBook? _vouchers;
    private readonly TimeProvider _clock;
    private readonly Dictionary<ulong, Entry> _sessions = [];

    /// <summary>Makes the actor.</summary>
    /// <param name="subscribers">The gateway's users.</param>
    /// <param name="recorder">Gets reports.</param>
    /// <param name="vouchers">Settled as they are used; null for none.</param>
    /// <param name="clock">Time.</param>
    public SessionActor(ISubscribers subscribers, ISessionRecorder recorder, VoucherBook? vouchers, TimeProvider clock)
    {
        _subscribers = subscribers;
        _recorder = recorder;
        _vouchers = vouchers;
        _clock = clock;
        Receive<SessionBegan>(OnBegan);
        Receive<UserLoggedOut>(OnLoggedOut);
        Receive<UserKicked>(kicked => End(kicked.UserId, kicked.Total, SessionEnd.AdminReset));
        Receive<UserExpired>(expired => End(expired.UserId, expired.Total, SessionEnd.IdleTimeout));
        Receive<UserJoined>(joined => End(joined.AbsorbedId, null, SessionEnd.UserRequest));
        Receive<UserStatusSet>(set => End(set.UserId, null, SessionEnd.AdminReset), static set => set.Status is not AuthStatus.Ok);
        Receive<SessionTick>(_ => OnTick());
        Receive<SessionSeen>(OnSeen);
        Receive<DynamicRequest>(OnDynamic);
        Receive<EndSessions>(OnEndAll);
        Receive<SessionCountRequest>(_ => Sender.Tell(new SessionCount(_sessions.Count)));
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Whether an event is about sessions.</summary>
    internal static bool Hears(PolicyEvent policyEvent) => policyEvent is UserLoggedOut or UserKicked or UserExpired or UserJoined or UserStatusSet;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(SessionTick), SessionTick.Instance, TickInterval);

    // A second device, or a longer session: the same login goes on, its voucher settled until now.
    private void OnBegan(SessionBegan began)
    {
        PortalSession session = began.Session;
        if (_sessions.TryGetValue(session.UserId, out Entry? running))
        {
            Settle(running, began.Total);
            if (running.Session.Login == session.Login && running.Session.Method == session.Method)
            {
                running.Session = session with { Id = running.Session.Id, StartedAt = running.Session.StartedAt, Address = running.Session.Address };
                return;
            }

            End(session.UserId, began.Total, SessionEnd.UserRequest);
        }

        _sessions[session.UserId] = new Entry(session, began.Total, _clock.GetUtcNow() + session.Interim);
        Report(SessionReportKind.Start, _sessions[session.UserId]);
    }

    private void OnLoggedOut(UserLoggedOut loggedOut) => End(loggedOut.UserId, loggedOut.Total, loggedOut.Cause switch
    {
        LogoutCause.Request => SessionEnd.UserRequest,
        LogoutCause.Time => SessionEnd.SessionTimeout,
        _ => SessionEnd.NasRequest,
    });

    private void OnTick()
    {
        DateTimeOffset now = _clock.GetUtcNow();
        foreach ((ulong userId, Entry entry) in _sessions)
        {
            bool isDue = entry.Session.Interim > TimeSpan.Zero && now >= entry.NextReportAt;
            if (isDue)
                entry.NextReportAt = now + entry.Session.Interim;
            if (isDue || entry.Session.Grant.IdleSeconds != 0 || entry.Session.VoucherCode.Length != 0)
                _ = _subscribers.Find(entry.Session.Address).PipeTo(Self, success: view => new SessionSeen(userId, view, isDue), failure: _ => new SessionSeen(userId, null, IsDue: false));
        }
    }

    // An address that has another user now, or none, is no sign of the end: that comes as an event.
    private void OnSeen(SessionSeen seen)
    {
        if (!_sessions.TryGetValue(seen.UserId, out Entry? entry) || seen.View is not { } view || view.Id != seen.UserId)
            return;
        Settle(entry, view.Total);
        if (seen.IsDue)
            Report(SessionReportKind.Interim, entry);
        if (entry.Session.Grant.IdleSeconds != 0 && view.IdleMs >= entry.Session.Grant.IdleSeconds * 1000)
        {
            entry.Cause = SessionEnd.IdleTimeout;
            _ = _subscribers.LogOut(entry.Session.Address);
        }
    }

    private void OnDynamic(DynamicRequest request)
    {
        if (!DynamicTarget.TryRead(request.Packet, out DynamicTarget target, out uint error))
        {
            Sender.Tell(new DynamicAnswer(error));
            return;
        }

        Entry[] found = [.. _sessions.Values.Where(entry => target.IsOf(entry.Session)).Take(2)];
        if (found.Length != 1)
        {
            Sender.Tell(new DynamicAnswer(found.Length == 0 ? DynamicError.SessionNotFound : DynamicError.MultipleSessions));
            return;
        }

        Entry entry = found[0];
        if (request.Packet.Code == RadiusCode.DisconnectRequest)
        {
            entry.Cause = SessionEnd.AdminReset;
            _ = _subscribers.LogOut(entry.Session.Address).PipeTo(Sender, success: Answer, failure: Fail);
            return;
        }

        SessionGrant grant = RadiusGrant.Of(request.Packet).Over(entry.Session.Grant);
        if (grant == entry.Session.Grant && RadiusGrant.Of(request.Packet) == SessionGrant.Unlimited)
        {
            Sender.Tell(new DynamicAnswer(DynamicError.MissingAttribute));
            return;
        }

        SessionChangeRequest change = RadiusGrant.ChangeOf(request.Packet, entry.Session, UsedBytes(entry), _clock.GetUtcNow());
        entry.Session = entry.Session with { Grant = grant };
        _ = _subscribers.Change(change).PipeTo(Sender, success: Answer, failure: Fail);
    }

    private static object Answer(UserCommandAnswer answer) => new DynamicAnswer(answer.Result.IsTaken ? 0 : DynamicError.SessionNotFound);

    private static object Fail(Exception error) => new DynamicAnswer(DynamicError.ResourcesUnavailable);

    private void OnEndAll(EndSessions end)
    {
        foreach (ulong userId in _sessions.Keys.ToArray())
            End(userId, null, SessionEnd.AdminReboot);
        Sender.Tell(end);
    }

    private void End(ulong userId, UserTraffic? total, SessionEnd cause)
    {
        if (!_sessions.Remove(userId, out Entry? entry))
            return;
        Settle(entry, total ?? entry.Last);
        if (entry.Cause == SessionEnd.None)
            entry.Cause = cause;
        Report(SessionReportKind.Stop, entry);
    }

    private void Settle(Entry entry, UserTraffic total)
    {
        ulong before = UsedBytes(entry);
        entry.Last = total;
        ulong used = UsedBytes(entry);
        if (entry.Session.VoucherCode.Length != 0 && used > before)
            _vouchers?.AddUse(entry.Session.VoucherCode, used - before);
    }

    private void Report(SessionReportKind kind, Entry entry) =>
        _recorder.Record(new SessionReport(kind, entry.Session, _clock.GetUtcNow(), Used(entry), kind == SessionReportKind.Stop ? entry.Cause : SessionEnd.None));

    private static ulong UsedBytes(Entry entry) => Used(entry).RxBytes + Used(entry).TxBytes;

    private static UserTraffic Used(Entry entry) => new(
        Less(entry.Last.RxPackets, entry.Base.RxPackets), Less(entry.Last.RxBytes, entry.Base.RxBytes),
        Less(entry.Last.TxPackets, entry.Base.TxPackets), Less(entry.Last.TxBytes, entry.Base.TxBytes));

    private static ulong Less(ulong total, ulong start) => total > start ? total - start : 0;

    private sealed class Entry(PortalSession session, UserTraffic start, DateTimeOffset nextReportAt)
    {
        internal PortalSession Session { get; set; } = session;

        internal UserTraffic Base { get; } = start;

        internal UserTraffic Last { get; set; } = start;

        internal DateTimeOffset NextReportAt { get; set; } = nextReportAt;

        internal SessionEnd Cause { get; set; }
    }
}
