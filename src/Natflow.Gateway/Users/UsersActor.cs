using Natflow.Actors;
using Natflow.Gateway.Queues;
using Natflow.Gateway.Views.Scan;
using Natflow.Gateway.Workers;
using Natflow.Policy;

namespace Natflow.Gateway.Users;

/// <summary>
/// Owns the users: hears from shards whom they see and how much passes, matches them against the rules, does what operators and the portal say, and sends each
/// shard the policies that its subscribers have from now on. One for the gateway, for a user's addresses may lie in several shards.
/// </summary>
public sealed class UsersActor : ReceiveActor, IWithTimers
{
    private const int VisitsPerTick = 262_144;
    private const int ReviewsPerTurn = 1024;
    private const int DeltasPerTurn = 1024;
    private const int VisitsPerTurn = 1024;

    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private readonly UserBook _book;
    private readonly IPolicyEventSink _events;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyList<KnownUser> _known;
    private readonly ShardOutboxes _outboxes = new();
    private readonly Queue<UsersTraffic> _deltas = [];
    private int _deltaIndex;
    private int _visitsLeft;
    private bool _isWorking;
    private DataPlane? _plane;
    private int _position;
    private int _review = -1;
    private bool _isFlushing;

    /// <summary>Makes the actor.</summary>
    /// <param name="capacity">Users at most.</param>
    /// <param name="tables">The rules.</param>
    /// <param name="events">Gets each decision.</param>
    /// <param name="clock">The workers' time.</param>
    public UsersActor(int capacity, PolicyTables tables, IPolicyEventSink events, TimeProvider clock)
        : this(capacity, tables, events, clock, [], queue: null)
    {
    }

    /// <summary>Makes the actor with users of an earlier process.</summary>
    /// <param name="capacity">Users at most.</param>
    /// <param name="tables">The rules.</param>
    /// <param name="events">Gets each decision.</param>
    /// <param name="clock">The workers' time.</param>
    /// <param name="known">Whom the record has.</param>
    /// <param name="queue">Gets a record of each user that was refreshed, or about whom something was decided; null for none.</param>
    public UsersActor(int capacity, PolicyTables tables, IPolicyEventSink events, TimeProvider clock, IReadOnlyList<KnownUser> known, EventQueue? queue)
    {
        _known = known;
        _events = events;
        _clock = clock;
        _book = new UserBook(capacity, tables, events, Obey, clock, queue is null ? null : index => Tell(queue, index));
        Receive<UsersSeen>(OnUsersSeen);
        Receive<UsersTraffic>(OnUsersTraffic);
        Receive<UserPoliciesTaken>(OnTaken);
        Receive<Flush>(_ => OnFlush());
        Receive<UserCommandRequest>(request => CarryOut(() => _book.Do(request.Command, request.Zone)));
        Receive<UserLimitsRequest>(request => CarryOut(() => _book.Limit(request)));
        Receive<LoginRequest>(request => CarryOut(() => _book.LogIn(request)));
        Receive<SessionChangeRequest>(request => CarryOut(() => _book.Change(request)));
        Receive<LogoutRequest>(request => CarryOut(() => _book.LogOut(request.Address)));
        Receive<UserPageRequest>(request => Sender.Tell(_book.Page(request)));
        Receive<UsersExportRequest>(request => Sender.Tell(_book.Export(request)));
        Receive<UsersAdopted>(OnAdopted);
        Receive<BookScanRequest>(request => Sender.Tell(TableScan.Run<BookScan, UserView>(new BookScan(_book, request, Worker.NowMs(_clock)), request.Range)));
        Receive<UserLookupRequest>(request => Sender.Tell(new UserLookup([.. request.Users.Select(user => _book.Find(user.Address, user.Zone))])));
        Receive<TablesChanged>(OnTablesChanged);
        Receive<Review>(_ => OnReview());
        Receive<Work>(_ => OnWork());
        Receive<Tick>(_ => OnTick());
        Receive<UsersReady>(ready => _plane = ready.Plane);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart()
    {
        foreach (KnownUser user in _known)
            _book.Restore(user);
        Timers.StartPeriodicTimer(nameof(Tick), Tick.Instance, TickInterval);
    }

    private void OnUsersSeen(UsersSeen seen)
    {
        foreach (Flows.Users.UserNotice notice in seen.Notices)
            _book.OnSeen(in notice);
    }

    private void OnAdopted(UsersAdopted adopted)
    {
        foreach (KnownUser user in adopted.Users)
            _book.Adopt(user);
    }

    private void OnUsersTraffic(UsersTraffic traffic)
    {
        if (traffic.Count == 0)
            return;
        _deltas.Enqueue(traffic);
        Schedule();
    }

    // A million users' traffic and time are counted in slices: who kicks one of them does not wait for the others.
    private void OnWork()
    {
        _isWorking = false;
        long nowMs = Worker.NowMs(_clock); // Once: a million users ask for it every second.
        for (int i = 0; i < DeltasPerTurn && _deltas.TryPeek(out UsersTraffic? traffic); i++)
        {
            _book.OnTraffic(traffic.ShardIndex, in traffic.Deltas[_deltaIndex++], nowMs);
            if (_deltaIndex != traffic.Count)
                continue;
            _deltas.Dequeue().GiveBack();
            _deltaIndex = 0;
        }

        int end = _book.UsedIndexEnd;
        for (int i = 0; i < VisitsPerTurn && _visitsLeft > 0; i++, _visitsLeft--)
        {
            _position = _position + 1 < end ? _position + 1 : 0;
            _book.Tick(_position, nowMs);
        }

        if (_deltas.Count != 0 || _visitsLeft > 0)
            Schedule();
    }

    private void Schedule()
    {
        if (_isWorking)
            return;
        _isWorking = true;
        Self.Tell(Work.Instance);
    }

    private void Tell(EventQueue queue, int index)
    {
        if (!queue.IsWanted)
            return;
        UserView user = _book.View(index);
        foreach (IpNet address in user.Addresses)
            queue.Add(UserRecordV3.Of(user, address.Network));
    }

    // What is acknowledged is in force, so that who has just logged in may open a page at once, and is on record. Packets do not wait for the latter.
    private void CarryOut(Func<UserCommandAnswer> command)
    {
        UserCommandAnswer answer = _outboxes.Do(command);
        IActorRef asker = Sender;
        int waits = _outboxes.Touched.Count + 1;
        Action onDone = OnDone;
        foreach (ShardOutbox outbox in _outboxes.Touched)
            outbox.WhenTaken(onDone);
        _events.WhenKept(onDone);

        void OnDone()
        {
            if (Interlocked.Decrement(ref waits) == 0) // The record calls back on a thread of its own.
                asker.Tell(answer, ActorRefs.NoSender);
        }
    }

    private void OnTablesChanged(TablesChanged changed)
    {
        _book.Tables = changed.Tables;
        PolicyModels models = changed.Tables.Models;
        _events.Publish(new RulesChanged(_clock.GetUtcNow(), models.Auth.Generation, models.Auth.Rules.Length, models.Qos.Rules.Length, models.Acl.Entries.Count));
        if (_review < 0)
            Self.Tell(Review.Instance);
        _review = 0;
    }

    // A slice of the users at a time, so that commands are heard in between.
    private void OnReview()
    {
        int end = Math.Min(_book.UsedIndexEnd, _review + ReviewsPerTurn);
        for (; _review < end; _review++)
            _book.Review(_review);
        if (_review < _book.UsedIndexEnd)
            Self.Tell(Review.Instance);
        else
            _review = -1;
    }

    private void OnTick()
    {
        _visitsLeft = Math.Min(VisitsPerTick, _book.UsedIndexEnd);
        if (_visitsLeft != 0)
            Schedule();
        OnFlush();
    }

    // What is decided by the messages that wait already goes in one batch with this.
    private void Obey(UInt128 address, ushort zone, Flows.Users.UserPolicy policy)
    {
        if (_plane is not { } plane)
            return;
        _outboxes.Add(plane.ShardOf(address, zone), address, zone, in policy);
        if (_isFlushing)
            return;
        _isFlushing = true;
        Self.Tell(Flush.Instance);
    }

    private void OnTaken(UserPoliciesTaken taken)
    {
        _outboxes.OnTaken(taken);
        OnFlush();
    }

    private void OnFlush()
    {
        _isFlushing = false;
        bool waits = _outboxes.Flush(Worker.NowMs(_clock), batch => _plane!.Tell(batch.ShardIndex, batch, Self));
        if (waits && !Timers.IsTimerActive(nameof(Flush)))
            Timers.StartSingleTimer(nameof(Flush), Flush.Instance, TimeSpan.FromMilliseconds(ShardOutbox.ResendMs));
    }

    private sealed record Tick
    {
        internal static readonly Tick Instance = new();
    }

    private sealed record Flush
    {
        internal static readonly Flush Instance = new();
    }

    private sealed record Work
    {
        internal static readonly Work Instance = new();
    }

    private sealed record Review
    {
        internal static readonly Review Instance = new();
    }
}
