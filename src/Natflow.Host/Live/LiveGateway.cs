using System.Globalization;
using System.Security.Cryptography;
using Natflow.Actors;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Users;
using Natflow.Gateway;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Live;
using Natflow.Gateway.Ppe;
using Natflow.Gateway.Queues;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Users;
using Natflow.Gateway.Workers;
using Natflow.Host.Cluster;
using Natflow.Host.Settings;
using Natflow.Journal.Audit;
using Natflow.Management.Api.Live;
using Natflow.Management.Control;
using Natflow.Memory;
using Natflow.Netlink;
using Natflow.Netlink.Model;
using Natflow.Netlink.Watch;
using Natflow.Offload.Xdp;
using Natflow.Policy.Sets;
using Natflow.Ports;
using Natflow.Ports.AfXdp;
using Natflow.Ports.HostInjection;

namespace Natflow.Host.Live;

/// <summary>A gateway on real interfaces: network watcher, ports, data plane, the way back into the kernel.</summary>
/// <remarks>Opened in the network namespace of the calling thread. Disposal gives the interfaces back to the kernel.</remarks>
internal sealed class LiveGateway : IAsyncDisposable
{
    private const string HostInterface = "natflow%d";
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly ActorSystem _system;
    private NatflowSettings _settings;
    private readonly TimeProvider _clock;
    private readonly NeighbourResolver _neighbours = new();
    private readonly IActorRef _network;
    private readonly List<ChunkPool> _pools = [];
    private readonly List<string> _notes = [];
    private HostFilterFeed? _filters;
    private PublicAddressSet? _public;
    private Umem? _umem;
    private PortSet? _ports;
    private HostPort? _host;
    private PolicyTable? _policies;
    private XdpPpe? _pinned; // The plane's.
    private XdpPpe? _xdp; // The same, pinned or not.
    private InspectionParts? _inspection;
    private NatSettings? _nat;
    private List<uint> _addresses = [];
    private NetworkModel? _model;
    private PcpSockets? _pcp;
    private UserLayer? _users;
    private PortalService? _portal;
    private GatewayJournal? _journal;
    private bool _isDrained;
    private ClusterMember? _cluster;
    private CoreReservation? _cores;
    private DpiDevice? _dpi;

    private LiveGateway(ActorSystem system, NatflowSettings settings, TimeProvider clock)
    {
        _system = system;
        _settings = settings;
        _clock = clock;
        _network = system.ActorOf(Props.Create(() => new NetworkActor(Watch, AskNeighbour, OnModel, OnAddressesChanged)), "network");
    }

    /// <summary>The data plane, once opened.</summary>
    internal DataPlane Plane { get; private set; } = null!;

    /// <summary>The cluster; null where the gateway is alone, or has left it.</summary>
    internal ClusterControl? Cluster => _cluster?.Control;

    /// <summary>Users and rules, once opened.</summary>
    internal UserControl Users => _users!.Control;

    /// <summary>Where events wait for readers of the original's queues.</summary>
    internal EventQueues Queues { get; } = new();

    /// <summary>Public addresses in use, host byte order.</summary>
    internal IReadOnlyCollection<uint> PublicAddresses => _public!.Addresses;

    /// <summary>Brings what inspection finds to streams, until inspection ends.</summary>
    internal void FeedVisits(EventRing visits, EventRing apps)
    {
        InspectionPlan plan = _inspection!.Plan;
        _system.ActorOf(Props.Create(() => new VisitFeed(plan.Sink, plan.Catalogue, visits, apps)), "visit-feed");
    }

    /// <summary>The journal, or null.</summary>
    internal GatewayJournal? Journal => _journal;

    /// <summary>What the operator should know.</summary>
    internal IReadOnlyList<string> Notes => _notes;

    /// <summary>Figures of the ports.</summary>
    internal IReadOnlyList<PortStatus> PortStatus => [.. _ports!.Ports.Select(static port => port.Status())];

    /// <summary>Workers.</summary>
    internal int WorkerCount => _settings.Workers.Count;

    /// <summary>Opens everything and forwards.</summary>
    /// <param name="system">Parent of the actors.</param>
    /// <param name="settings">The operator's settings.</param>
    /// <param name="clock">The workers' time.</param>
    /// <exception cref="GatewayException">The configuration does not fit the machine.</exception>
    internal static async Task<LiveGateway> Open(ActorSystem system, NatflowSettings settings, TimeProvider clock)
    {
        var gateway = new LiveGateway(system, settings, clock);
        try
        {
            NetworkModel network = await gateway._network.Ask<NetworkModel>(NetworkModelRequest.Instance, TimeSpan.FromSeconds(10));
            if (settings.Cluster.IsEnabled)
                gateway._cluster = await ClusterMember.Find(settings.Cluster, clock);
            gateway._journal = GatewayJournal.Open(system, settings, clock);
            gateway.Build(network, gateway._journal is { } journal ? await journal.ReadState() : null);
            gateway._network.Tell(new DataPlaneReady(gateway.Plane, settings.Cluster.IsEnabled ? null : gateway._public!));
            gateway._cluster?.Open(gateway.Plane, gateway._xdp, gateway.Users, network, [.. gateway._ports!.Ports.Select(static port => port.Live)], gateway._journal, system.Log);
            if (gateway._portal is { } portal)
                gateway._notes.Add(await portal.Open(system, gateway.Users, gateway._journal?.Events, () => gateway._model!));
            return gateway;
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>Takes shards of the cluster, if there is one: the last step of a start, since what is begun then takes time from nothing that is forwarded already.</summary>
    internal void JoinCluster() => _cluster?.Join();

    /// <summary>What is in force.</summary>
    internal NatflowSettings Settings => _settings;

    /// <summary>Puts other rules in force: all of them, or none.</summary>
    /// <param name="next">As <see cref="LiveKeys.Merge"/> makes them.</param>
    /// <returns>What is wrong with them; empty when they are in force.</returns>
    internal async Task<IReadOnlyList<string>> Apply(NatflowSettings next)
    {
        NatSettings rules = NatSettingsMapping.ForShard(next, _addresses, shardIndex: 0, _nat!.Seed) with { PortSeed = _nat.PortSeed };
        if (rules.Validate() is { Count: > 0 } errors)
            return errors;
        if (!SetSource.TryRead([.. next.Policy.Sets, .. new WrittenSets(next.Gateway.StateDirectory).Sources()], out SetCatalog sets, out IReadOnlyList<string> setErrors))
            return setErrors;
        using DomainLists.Change? lists = await _inspection!.BeginLists(_settings, next);
        if (lists?.Error is { } listError)
            return [InspectionParts.WordsOf(next, listError)];
        IReadOnlyList<string> changed = SettingsChange.Between(_settings, next).Changed;
        if (changed.Any(static path => !InspectionParts.IsOwn(path))) // Other rules make every flow stale until its next packet.
        {
            _filters!.TakeForwards(rules);
            IReadOnlyList<PortForward> refused = await Plane.Apply(rules);
            _filters.KeepForwards(refused.Count == 0 ? rules : _nat);
            if (refused.Count != 0)
                return [.. refused.Select(WordsOf)];
        }

        if (lists is not null)
            await TakeLists(lists);
        if (changed.Any(InspectionParts.IsOwn))
            await _dpi!.Apply(InspectionParts.SwitchOf(next));
        if (changed.Any(UserLayer.IsOwn))
            await _users!.Apply(next, sets);
        _nat = rules;
        _settings = next;
        _system.LogLevel = GatewayRun.LevelOf(next.Gateway.LogLevel);
        return [];
    }

    /// <summary>What each list of domains came to.</summary>
    internal IReadOnlyList<DomainListModel> DomainListModels => _inspection!.Lists.Models;

    private async Task TakeLists(DomainLists.Change lists)
    {
        await lists.PutInForce();
        foreach (string note in lists.Notes)
            _system.Log.Info("{0}", note);
    }

    /// <summary>
    /// Stops forwarding in order: nothing more is received, what was decided is sent; the flows are kept for the next process, and what is theirs is kept
    /// from the kernel until it comes or the window is over.
    /// </summary>
    /// <param name="deadline">Ends the writing of the flows: then they are not kept.</param>
    internal async Task Drain(CancellationToken deadline)
    {
        _isDrained = true;
        await LeaveCluster(deadline);
        if (_pcp is { } pcp)
            await pcp.DisposeAsync();
        _pcp = null;
        if (_portal is { } portal)
            await portal.DisposeAsync();
        _portal = null;
        if (_users is { } users)
            await users.DisposeAsync();
        _users = null;
        await Plane.Stop();
        Plane.SettleOffload();
        await EndInspection();
        await _network.GracefulStop(StopTimeout);
        if (_journal is { } journal)
            await journal.Finish();
        TimeSpan window = RestartWindow;
        if (window == TimeSpan.Zero || !Snapshot.TrySave(stream => Plane.WriteSnapshot(stream, deadline)))
            return;
        if (_ports!.TryHoldOff(window, _clock, FeedHold) is { } refusal)
            _system.Log.Warning("until a restart the kernel sees packets of known flows, and may reset them: {0}", refusal);
    }

    // What a node keeps for a restart would be old when it comes back: others have gone on with its shards.
    private TimeSpan RestartWindow => _settings.Cluster.IsEnabled ? TimeSpan.Zero : _settings.Gateway.RestartWindow;

    private async Task LeaveCluster(CancellationToken deadline)
    {
        if (_cluster is not { } cluster)
            return;
        _cluster = null;
        try
        {
            await cluster.Drain(deadline);
        }
        catch (OperationCanceledException)
        {
            _system.Log.Warning("not every shard found another node before gateway.drain-timeout");
        }

        await cluster.DisposeAsync();
    }

    /// <summary>Stops forwarding and gives the interfaces back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_cluster is { } cluster)
            await cluster.DisposeAsync();
        if (_pcp is { } pcp)
            await pcp.DisposeAsync();
        if (_portal is { } portal)
            await portal.DisposeAsync();
        if (_users is { } users)
            await users.DisposeAsync();
        if (!_isDrained && Plane is { } plane)
            await plane.Stop();
        if (!_isDrained)
            await EndInspection();
        if (!_isDrained)
            await _network.GracefulStop(StopTimeout);
        if (_journal is { } journal)
            await journal.DisposeAsync();
        if (!_isDrained)
            _pinned?.RemovePins();
        _ports?.Dispose();
        _host?.Dispose();
        Plane?.Dispose();
        _cores?.Dispose();
        _dpi?.Dispose();
        _inspection?.Dispose();
        _policies?.Dispose();
        foreach (ChunkPool pool in _pools)
            pool.Dispose();
        _umem?.Dispose();
        _neighbours.Dispose();
    }

    // The records that wait are written before the sink ends.
    private async Task EndInspection()
    {
        if (_inspection is not { } inspection)
            return;
        Plane?.FlushInspection();
        await inspection.Plan.Sink.GracefulStop(StopTimeout);
    }

    private static NetworkWatcher Watch(Action<NetworkChanged> onChange) =>
        NetworkWatcher.Start(new NetworkWatcherSettings(), (model, change) => onChange(new NetworkChanged(model, change)));

    private void AskNeighbour(int linkIndex, IpAddress address, bool isLost) => _neighbours.Ask(linkIndex, address, isLost);

    private SnapshotFile Snapshot => new(_settings.Gateway.StateDirectory, _system.Log, _clock);

    private void OnModel(NetworkModel model)
    {
        _model = model;
        _filters?.Apply(model);
    }

    private void OnAddressesChanged() => _pcp?.TellStateLost();

    private static string WordsOf(PortForward forward) => string.Create(
        CultureInfo.InvariantCulture,
        $"natflow.nat.port-forwards: {(forward.Protocol == IpProtocol.Tcp ? "tcp" : "udp")} {Ipv4Prefix.ToText(forward.ExternalAddress)}:{forward.ExternalPort} is a subscriber's port now; try again when it is free, or restart");

    // The network actor has stopped: the model stands.
    private void FeedHold(HostFilter filter)
    {
        var feed = new HostFilterFeed([filter], _public!.Contains);
        feed.TakePorts(_nat!);
        feed.Apply(_model!);
    }

    private void Build(NetworkModel network, GatewayState? state)
    {
        int workers = _settings.Workers.Count;
        UmemSettings memory = _settings.Ports.Umem;
        _umem = new Umem(memory.Chunks * workers, memory.ChunkBytes);
        for (int worker = 0; worker < workers; worker++)
            _pools.Add(new ChunkPool(_umem, worker * memory.Chunks, memory.Chunks));

        var fit = new NetworkFit(_settings, network);
        List<uint> addresses = fit.FindPublicAddresses();
        _addresses = addresses;
        _public = new PublicAddressSet(addresses, fit.Uplinks, _settings.Nat.PublicIsInterface);
        fit.CheckKernelPorts();
        TimeSpan window = RestartWindow;
        Stream? snapshotStream = null;
        SnapshotReader? snapshot = window == TimeSpan.Zero ? null : Snapshot.TryOpen(window, out snapshotStream);
        using Stream? opened = snapshotStream;
        ulong random = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        NatSettings nat = NatSettingsMapping.ForShard(_settings, addresses, shardIndex: 0, _cluster?.Seed ?? snapshot?.Header.Seed ?? random) with { PortSeed = random };
        if (nat.Validate() is { Count: > 0 } errors)
            throw new GatewayException(string.Join(Environment.NewLine, errors));

        XdpPpe? ppe = OffloadEngines.OpenSoft(_settings, nat, _clock);
        _xdp = ppe;
        if (ppe is not null)
            nat = Own(ppe, nat, isTakenUp: snapshot is not null);
        _nat = nat;
        _model = network;
        _ports = PortSet.Open(_settings, ppe, network, _umem, _pools);
        _notes.AddRange(_ports.Notes);
        NetworkFit.CheckQueues(_ports.Ports, workers);
        _host = new HostPort(HostInterface, fit.HostMtu(_ports.Ports), _umem, _pools);
        FeedFilters(network, nat);
        _inspection = InspectionParts.Open(_system, _settings, _clock, _notes, request => Plane.Apply(request));
        _journal?.TakeVisits(_inspection.Plan.Sink);
        LivePort[] live = [.. _ports.Ports.Select(static port => port.Live)];
        Plane = new DataPlane(
            _system,
            nat,
            [.. Enumerable.Range(0, workers).Select(PlanOf)],
            _umem,
            _clock,
            paths => new LivePathResolver(paths, live, network, request => _network.Tell(request, ActorRefs.NoSender)),
            PlanOffload(nat, live),
            _inspection.Plan);
        if (!Plane.TryPopulate())
            _notes.Add($"tables of {Plane.LengthBytes >> 20} MiB are not all resident: the machine may be short of memory");
        if (snapshot is not null)
            TakeUp(snapshot);
        if (_journal?.Attach(Plane, nat, state) is > 0 and int blocks)
            _system.Log.Info("{0} port blocks are on record and stay with their subscribers", blocks);
        if (Plane.Adopt() is { } adoption)
            _system.Log.Info("the soft PPE forwarded on: {0} of its flows taken over, {1} not", adoption.FlowCount, adoption.RefusedCount);
        for (int shard = 0; _cluster is not null && shard < nat.ShardCount; shard++)
            Plane.SetOwnedUntil(shard, 0); // Nobody's until etcd says so.
        _portal = PortalService.Prepare(_settings, live, _system.Log, _clock);
        UserRecord? record = _journal is { } journal ? UserRecord.Of(journal.Events, state, _clock.GetUtcNow()) : null;
        _users = UserLayer.Prepare(_system, Plane, _settings, live, name => _model!.Links.TryFind(name, out _), record, _clock, _portal is { } portal ? [portal.Parts] : [], Queues.UserInfo);
        _dpi = _inspection.Serve(_system, Plane, Queues, GatewayRun.Version);
        Users.Dpi = _dpi;
        if (record is { Users.Count: > 0 })
            _system.Log.Info("{0} subscribers are on record and go on as they were", record.Users.Count);
        ReserveCores();
        Plane.Start();
        _users.Start();
        _inspection.WatchLists(_system);
        _ports.EndHold();
        if (nat.Pcp is not null)
            _pcp = PcpSockets.Start(Plane, live, hasLostState: snapshot is null, _clock);
        if (snapshot is not null)
            Snapshot.Remove();
    }

    private void ReserveCores()
    {
        IReadOnlyList<int> cpus = _settings.Workers.Cpus;
        _cores = CoreReservation.TryMake(cpus);
        if (cpus.Count != 0 && _cores is null)
            _notes.Add("natflow.workers.cpus leaves no CPU for the gateway's other threads: what users, journal and API do delays packets");
    }

    // What the table holds belongs to the shards of the gateway that made it: the same secret deals subscribers to the same shards.
    private NatSettings Own(XdpPpe ppe, NatSettings nat, bool isTakenUp)
    {
        _pinned = OffloadEngines.IsPinned(_settings) ? ppe : null;
        if (ppe.IsAdopted && !isTakenUp && ppe.GatewaySeed != 0)
            nat = nat with { Seed = ppe.GatewaySeed };
        ppe.GatewaySeed = nat.Seed;
        if (_pinned is not null)
            ppe.ForwardFor(nat.ShardCount, _settings.Gateway.RestartWindow);
        return nat;
    }

    // The plane owns the engine from now on; the ports, which the soft PPE stands in front of, are closed before it.
    private OffloadPlan? PlanOffload(NatSettings nat, LivePort[] ports)
    {
        if (_ports!.TakePpe() is { } xdp)
            return new OffloadPlan(xdp, xdp.Policies) { EachSecond = OffloadEngines.IsPinned(_settings) ? () => xdp.ForwardFor(nat.ShardCount, _settings.Gateway.RestartWindow) : null };
        if (OffloadEngines.OpenFlower(_settings, ports) is not { } flower)
            return null;
        _policies = OffloadEngines.MakePolicies(nat);
        return new OffloadPlan(flower, _policies);
    }

    private void TakeUp(SnapshotReader snapshot)
    {
        long start = _clock.GetTimestamp();
        SnapshotReport report = Plane.Restore(snapshot);
        _system.Log.Info(
            "took up the last run after {0} ms: {1} flows, {2} of IPv6, {3} subscribers, {4} port blocks, {5} leases, in {6} ms",
            report.AwayMs, report.FlowCount, report.Ipv6FlowCount, report.UserCount, report.BlockCount, report.LeaseCount,
            Math.Round(_clock.GetElapsedTime(start).TotalMilliseconds));
        if (report.RefusedCount != 0)
            _system.Log.Warning("not taken up: {0}", report.RefusedText());
    }

    private void FeedFilters(NetworkModel network, NatSettings nat)
    {
        _filters = new HostFilterFeed(_ports!.Filters, _public!.Contains);
        _filters.TakePorts(nat);
        _filters.Apply(network);
    }

    private WorkerPlan PlanOf(int worker)
    {
        var rx = new List<Func<RxContext, DataActor>>();
        var descriptors = new List<int>();
        foreach (OpenPort port in _ports!.Ports)
        {
            for (int queue = worker; queue < port.Port.QueueCount; queue += _settings.Workers.Count)
            {
                rx.Add(MakeRx(port.Live, port.Port.Queue(queue)));
                descriptors.Add(port.Port.Queue(queue).WaitDescriptor);
            }
        }

        int? cpu = _settings.Workers.Cpus.Count > worker ? _settings.Workers.Cpus[worker] : null;
        return new WorkerPlan(_pools[worker], rx, [.. _ports.Ports.Select(port => port.Port.Queue(worker))], cpu, _host!.Queue(worker), [.. descriptors.Where(static descriptor => descriptor >= 0)]);
    }

    private static Func<RxContext, DataActor> MakeRx(LivePort port, IPortQueue queue) =>
        context => new RxActor(context.Slot, new RxSettings(port.Side, port.Zone, context.Hash), queue, context.Dispatch, context.Umem);
}
