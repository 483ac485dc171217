using System.Reflection;
using Natflow.Actors;
using Natflow.Actors.Dispatch;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Gateway;
using Natflow.Host.Settings;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Events;
using Natflow.Journal.Nat;
using Natflow.Journal.Users;
using Natflow.Journal.Writing;
using Natflow.Management.Control;

namespace Natflow.Host.Live;

/// <summary>The journal of a running gateway: its writer, the actor that brings the shards' events, the one that keeps it in shape.</summary>
internal sealed class GatewayJournal : IAsyncDisposable
{
    /// <summary>Stream of what concerns the whole gateway.</summary>
    internal const string GatewayStream = "gateway";

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    private readonly ActorSystem _system;
    private readonly NatflowSettings _settings;
    private readonly JournalLocation _location;
    private readonly TimeProvider _clock;
    private JournalEventSink? _events;
    private IActorRef? _feed;
    private IActorRef? _keeper;
    private IActorRef? _visits;
    private JournalAudit? _audit;

    private GatewayJournal(ActorSystem system, NatflowSettings settings, JournalLocation location, TimeProvider clock)
    {
        _system = system;
        _settings = settings;
        _location = location;
        _clock = clock;
        Directory.CreateDirectory(settings.Gateway.StateDirectory);
        var bounds = new JournalWriterSettings
        {
            SpillPath = Path.Combine(settings.Gateway.StateDirectory, "journal.spill"),
            SpillBytesMax = settings.Journal.SpillBytes,
            Node = settings.Cluster.IsEnabled ? settings.Cluster.Node : string.Empty,
        };
        Writer = new JournalWriter(location.Open, EventCatalogue.Default, bounds, clock, Tell);
    }

    /// <summary>Keeps what is decided about users and rules.</summary>
    internal JournalEventSink Events => _events ??= new JournalEventSink(Writer);

    /// <summary>Takes events.</summary>
    internal JournalWriter Writer { get; }

    /// <summary>Opens the journal that the settings name; null where they name none. A store that is away is no reason not to start.</summary>
    /// <exception cref="GatewayException">The spill file cannot be opened.</exception>
    internal static GatewayJournal? Open(ActorSystem system, NatflowSettings settings, TimeProvider clock)
    {
        if (settings.Journal.Location(settings.Gateway.StateDirectory) is not { } location)
            return null;
        try
        {
            return new GatewayJournal(system, settings, location, clock);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new GatewayException($"the journal needs gateway.state-directory = {settings.Gateway.StateDirectory}: {error.Message}; give it one that can be written, or set journal.engine = none");
        }
    }

    /// <summary>The state on record; null where the store is away.</summary>
    internal async Task<GatewayState?> ReadState()
    {
        await Writer.Flush();
        if (Writer.Status.IsSpilling)
            return null;
        try
        {
            return await Task.Run(() =>
            {
                using IJournalReader reader = _location.OpenReader();
                return GatewayState.Load(reader, EventCatalogue.Default, reader.ReadHighestOrdering());
            });
        }
        catch (StoreUnavailableException failure)
        {
            Tell(new JournalNotice(IsProblem: true, $"port blocks of the last run are not taken up: {failure.Message}"));
            return null;
        }
    }

    /// <summary>What it answers.</summary>
    internal JournalAudit Audit => _audit ??= new JournalAudit(_location, _settings.Journal.Retention, _clock);

    /// <summary>Gives subscribers the port blocks that are on record as theirs, and takes the shards' events from now on. Before the plane starts.</summary>
    /// <returns>Blocks taken up.</returns>
    internal int Attach(DataPlane plane, NatSettings nat, GatewayState? state)
    {
        Append(new GatewayStarted(Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0", plane.ShardCount, _settings.Nat.Log.ToString().ToLowerInvariant()));
        int count = 0;
        IEnumerable<PortLease> leases = _settings.Cluster.IsEnabled ? [] : state?.Leases ?? []; // In a cluster a shard's owner knows them, and tells.
        foreach (PortLease lease in leases)
        {
            if (TryRestore(plane, lease))
                count++;
            else
                Writer.Append(NatJournalActor.StreamOf(lease.Shard), [new JournalFact(new PortBlockReleased(lease.User, lease.Zone, lease.Shard, lease.Public, lease.FirstPort, lease.PortCount))]);
        }

        RecordPlan(nat, state);
        IReadOnlyList<Gateway.Nat.NatEventLink> links = plane.LogNatEvents(_settings.Nat.Log == NatLogMode.Session);
        _feed = _system.ActorOf(Props.Create(() => new NatJournalActor(links, Writer, _clock, hasOwnThread: true)).WithDispatcher(Dispatchers.PinnedDispatcherId), "nat-journal");
        _keeper = _system.ActorOf(Props.Create(() => new JournalKeeperActor(Writer, _location, EventCatalogue.Default, _settings.Journal.Retention, _clock)), "journal-keeper");
        return count;
    }

    /// <summary>A shard is this node's: its events carry the token, and others' are refused.</summary>
    internal void Own(int shard, long token) => Writer.Own(NatJournalActor.StreamOf(shard), token);

    /// <summary>Brings what the shards have decided to the store.</summary>
    /// <param name="longest">Longest wait: what is still under way then may be refused, which is counted.</param>
    internal async Task Settle(TimeSpan longest)
    {
        try
        {
            await Settle().WaitAsync(longest, _clock);
        }
        catch (Exception late) when (late is TimeoutException or AskTimeoutException)
        {
            Tell(new JournalNotice(IsProblem: true, "a shard goes to another node and its last events are not stored yet; those that come too late are refused and counted"));
        }
    }

    /// <summary>Puts what subscribers visit on record.</summary>
    /// <param name="sink">Where inspection ends.</param>
    internal void TakeVisits(IActorRef sink) => _visits = _system.ActorOf(Props.Create(() => new VisitJournal(sink, Writer)), "visit-journal");

    /// <summary>Puts what the shards have decided on record. The plane, and inspection, have stopped.</summary>
    internal async Task Finish()
    {
        if (_visits is { } visits)
            await visits.GracefulStop(AnswerTimeout);
        _visits = null;
        if (_feed is { } feed)
            await feed.Ask<FlushRequest>(FlushRequest.Instance, AnswerTimeout);
        Append(new GatewayStopped());
        await Writer.Flush();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_feed is { } feed)
            await feed.GracefulStop(AnswerTimeout);
        if (_keeper is { } keeper)
            await keeper.GracefulStop(AnswerTimeout);
        if (_visits is { } visits)
            await visits.GracefulStop(AnswerTimeout);
        _audit?.Dispose();
        Writer.Dispose();
    }

    private static bool TryRestore(DataPlane plane, PortLease lease) =>
        Ipv4Prefix.TryParseAddress(lease.User, out uint user) && Ipv4Prefix.TryParseAddress(lease.Public, out uint publicAddress)
        && plane.TryRestoreLease(user, (ushort)lease.Zone, publicAddress, (ushort)lease.FirstPort, lease.PortCount);

    // Who asks about a time must find the rule of that time (RFC 7422 section 3).
    private void RecordPlan(NatSettings nat, GatewayState? state)
    {
        NatPlanChanged plan = new([], [], 0, 0, 0);
        if (nat.DeterministicBlocksPerUser > 0)
        {
            int firstBlock = PortBlocks.FirstBlockNumber(nat);
            plan = new NatPlanChanged(
                [.. nat.LanPrefixes.Select(static prefix => prefix.ToString())],
                [.. nat.PublicAddresses.Select(Ipv4Prefix.ToText)],
                firstBlock * nat.PortBlockSize,
                nat.DeterministicBlocksPerUser * nat.PortBlockSize,
                PortBlocks.BlocksPerAddress(nat) / nat.DeterministicBlocksPerUser);
        }

        (string _, byte[] now) = EventCatalogue.Default.Encode(plan);
        byte[] before = state?.Plan is { } known ? EventCatalogue.Default.Encode(known).Payload : EventCatalogue.Default.Encode(new NatPlanChanged([], [], 0, 0, 0)).Payload;
        if (!now.AsSpan().SequenceEqual(before))
            Append(plan);
    }

    private async Task Settle()
    {
        if (_feed is { } feed)
            await feed.Ask<FlushRequest>(FlushRequest.Instance, AnswerTimeout);
        await Writer.Flush();
    }

    /// <summary>How it fares. Any thread.</summary>
    internal JournalModel Status()
    {
        JournalStatus status = Writer.Status;
        return new JournalModel(
            status.Store, status.IsSpilling, status.Stored, status.Spilled, status.Lost, status.Waiting, (long)status.Lag.TotalMilliseconds, status.SpillBytes, status.Problem,
            status.LastProblem, status.LastProblemAt);
    }

    /// <summary>Puts on record what somebody did by the API or the box.</summary>
    internal void RecordAct(string who, string command, string outcome) => Append(new OperatorActed(who, command, outcome));

    private void Append(IJournalEvent journalEvent) => Writer.Append(GatewayStream, [new JournalFact(journalEvent)]);

    private void Tell(JournalNotice notice)
    {
        if (notice.IsProblem)
            _system.Log.Warning("journal: {0}", notice.Text);
        else
            _system.Log.Info("journal: {0}", notice.Text);
    }
}
