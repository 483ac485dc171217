using System.Buffers.Binary;
using System.Globalization;
using Natflow.Actors;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Fragments;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Offers;
using Natflow.Flows.Paths;
using Natflow.Flows.Pcp;
using Natflow.Flows.Shards;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Users;
using Natflow.Gateway.Flow;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Nat;
using Natflow.Gateway.Ppe;
using Natflow.Gateway.Replication;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Users;
using Natflow.Gateway.Workers;
using Natflow.Memory;
using Natflow.Offload.Model;

namespace Natflow.Gateway;

/// <summary>
/// The workers with their RX and flow actors, and the rings between them. Shards are dealt round over the workers. Each worker has a ring to each shard
/// that lives elsewhere.
/// </summary>
public sealed class DataPlane : IDisposable
{
    private const int RingCapacity = 4096;
    private const int PathCapacity = 16384;
    private const int PathCapacityMin = 512;
    private const int LinksMax = 65536;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private readonly Umem _umem;
    private readonly FlowHash _hash;
    private readonly NatSettings _settings;
    private readonly IReadOnlyList<WorkerPlan> _plans;
    private readonly PublicPool _pool;
    private readonly FlowStage[] _stages;
    private readonly HandoffRing?[,] _rings;
    private readonly List<ReasonCounters> _rxDrops = [];
    private readonly List<ShardDispatch> _rxDispatches = [];
    private readonly List<Worker> _workers = [];
    private readonly List<KeyValuePair<string, Props>> _actors = [];
    private readonly IActorRef _supervisor;
    private readonly Func<PathTable, IPathResolver>? _makeResolver;
    private readonly TimeProvider _clock;
    private readonly OffloadPlan? _offload;
    private readonly PolicyTable? _ownPolicies;
    private readonly Ipv6ShardMap _ipv6Shards;
    private readonly InspectionPlan? _inspection;
    private readonly List<OfferLink> _offerLinks = [];
    private OffloadStage? _offloadStage;
    private TableAdoption? _adoption;

    /// <summary>Builds everything; nothing runs yet.</summary>
    /// <param name="system">Parent of the actors.</param>
    /// <param name="settings">Valid settings; the shard index is set here.</param>
    /// <param name="workers">At least one.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="clock">The workers' time.</param>
    /// <param name="offload">The PPE; null where there is none.</param>
    /// <param name="inspection">How flows are inspected; null inspects none.</param>
    /// <param name="makeResolver">Makes what finds a shard's ways to next hops; null keeps every frame's link header.</param>
    public DataPlane(
        ActorSystem system,
        NatSettings settings,
        IReadOnlyList<WorkerPlan> workers,
        Umem umem,
        TimeProvider clock,
        Func<PathTable, IPathResolver>? makeResolver = null,
        OffloadPlan? offload = null,
        InspectionPlan? inspection = null)
    {
        ArgumentOutOfRangeException.ThrowIfZero(workers.Count, nameof(workers));
        _umem = umem;
        _settings = settings;
        _plans = workers;
        _makeResolver = makeResolver;
        _offload = offload;
        _ownPolicies = offload is null ? new PolicyTable(PolicyTable.UserBase + (settings.UserCapacity * settings.ShardCount)) : null;
        _ipv6Shards = new Ipv6ShardMap(settings);
        _inspection = inspection;
        _clock = clock;
        _hash = new FlowHash(settings.Seed);
        _pool = new PublicPool(settings);
        _rings = new HandoffRing?[workers.Count, settings.ShardCount];
        _stages = [.. Enumerable.Range(0, settings.ShardCount).Select(shard => MakeStage(shard, Worker.NowMs(clock)))];
        MakeRings();
        for (int worker = 0; worker < workers.Count; worker++)
            MakeWorker(worker, clock);
        if (offload is not null)
            MakeOffload(offload, clock);
        _supervisor = system.ActorOf(Props.Create(() => new DataPlaneSupervisor(_actors)), "data-plane");
    }

    /// <summary>Number of shards.</summary>
    public int ShardCount => _stages.Length;

    /// <summary>Subscribers of a shard at most.</summary>
    public int UserCapacity => _settings.UserCapacity;

    /// <summary>The policy records of rules and of all subscribers.</summary>
    public PolicyTable Policies => _offload?.Policies ?? _ownPolicies!;

    /// <summary>The shard of a subscriber. Any thread.</summary>
    /// <param name="address">IPv6, or IPv4 mapped into it; host byte order.</param>
    /// <param name="zone">Its address space.</param>
    public int ShardOf(UInt128 address, ushort zone) => MappedAddress.TryGetIPv4(address, out uint ipv4)
        ? _pool.ShardOfUser(BinaryPrimitives.ReverseEndianness(ipv4), zone)
        : _ipv6Shards.OfInside(Ipv6Address.Of(address));

    /// <summary>Number of a shard's first policy record.</summary>
    internal uint PolicyBaseOf(int shardIndex) => _stages[shardIndex].State.Users.PolicyBase;

    /// <summary>Highest index that a shard ever gave a subscriber, plus one. Read while the shard's thread writes it: perhaps a little old.</summary>
    internal uint UserIndexEndOf(int shardIndex) => _stages[shardIndex].State.Users.UsedIndexEnd;

    /// <summary>A subscriber's weight. Read as <see cref="UserIndexEndOf"/>.</summary>
    internal ushort WeightOf(int shardIndex, uint userIndex) => _stages[shardIndex].State.Users.WeightOf(userIndex);

    /// <summary>Bytes reserved for the tables of all shards.</summary>
    public long LengthBytes => _stages.Sum(static stage => stage.State.LengthBytes);

    /// <summary>Makes the tables' memory resident before the start, so that no page fault meets a packet.</summary>
    /// <returns>False when the kernel could not for all of it; the rest comes as it is used.</returns>
    public bool TryPopulate() =>
        _stages.Aggregate(seed: true, static (all, stage) => all & stage.State.TryPopulate())
        & (_ownPolicies?.TryPopulate() ?? true) & (_offloadStage?.TryPopulate() ?? true);

    /// <summary>What a shard owns: for its worker's thread, or any while the workers do not run.</summary>
    internal ShardState StateOf(int shardIndex) => _stages[shardIndex].State;

    /// <summary>A shard's inspection; as <see cref="StateOf"/>.</summary>
    internal FlowInspection? InspectionOf(int shardIndex) => _stages[shardIndex].Inspection;

    /// <summary>Drops charged to a reason, by shards and RX actors together. Any thread.</summary>
    internal ulong ReadDrops(DropReason reason) =>
        _stages.Aggregate(0ul, (sum, stage) => sum + stage.State.Drops.Read(reason)) + _rxDrops.Aggregate(0ul, (sum, drops) => sum + drops.Read(reason));

    /// <summary>Flows that rules about hosts refused, and flows whose host was not kept for want of room, by all shards. Any thread; perhaps a little old.</summary>
    /// <returns>Null where nothing looks at hosts.</returns>
    public (ulong Refused, ulong NotKept)? ReadHosts() => _inspection is null ? null : _stages.Aggregate(
        (Refused: 0ul, NotKept: 0ul),
        static (sum, stage) => stage.State.Hosts is { } hosts ? (sum.Refused + hosts.Refused, sum.NotKept + hosts.NotKept) : sum);

    /// <summary>A turn of a worker that was not started: who calls this chooses the order in which workers run.</summary>
    /// <returns>True when there was anything to do.</returns>
    internal bool Turn(int workerIndex) => _workers[workerIndex].Turn();

    /// <summary>Takes up what an earlier process knew. Before <see cref="Start"/>.</summary>
    /// <inheritdoc cref="SnapshotReader.Restore" path="/returns | /exception"/>
    public SnapshotReport Restore(SnapshotReader snapshot) => snapshot.Restore(States(), Worker.NowMs(_clock), UnixMs());

    /// <summary>Takes over what an earlier gateway left in the PPE; it forwards on meanwhile. Before <see cref="Start"/>, behind <see cref="Restore"/>.</summary>
    /// <returns>What became of it; null where nothing was left.</returns>
    public AdoptionReport? Adopt()
    {
        if (_adoption is not { EntryCount: > 0 } adoption)
            return null;
        _adoption = null;
        return adoption.Adopt(_offloadStage!, Worker.NowMs(_clock));
    }

    /// <summary>Brings what the PPE has counted to flows and users. After <see cref="Stop"/>, before <see cref="WriteSnapshot"/>.</summary>
    public void SettleOffload()
    {
        long nowMs = Worker.NowMs(_clock);
        _offloadStage?.Settle(nowMs, () =>
        {
            foreach (FlowStage stage in _stages)
                stage.State.Offload!.Poll(nowMs);
        });
    }

    /// <summary>Writes what the next process is to know. After <see cref="Stop"/>.</summary>
    /// <inheritdoc cref="SnapshotWriter.Write" path="/param[@name='stream' or @name='cancellation'] | /exception"/>
    public void WriteSnapshot(Stream stream, CancellationToken cancellation) =>
        SnapshotWriter.Write(stream, States(), Worker.NowMs(_clock), UnixMs(), cancellation);

    /// <summary>Puts rules in force. Before <see cref="Start"/>: so no packet passes without them.</summary>
    /// <param name="tables">The rules.</param>
    /// <param name="users">Whom the shards tell of their subscribers.</param>
    public void Prepare(PolicyTables tables, IActorRef users)
    {
        tables.Publish(Policies);
        JudgeRequest request = PolicyActor.RequestOf(tables, users);
        foreach (FlowStage stage in _stages)
            stage.Take(request);
        TellAll(request);
    }

    /// <summary>Puts what was decided about a user by an earlier process in force. After <see cref="Prepare"/>, before <see cref="Start"/>: so no packet passes before it.</summary>
    /// <param name="tables">The rules.</param>
    /// <param name="known">The user.</param>
    public void RestoreUser(PolicyTables tables, KnownUser known)
    {
        long nowMs = Worker.NowMs(_clock);
        foreach (Policy.IpAddress address in known.Addresses)
        {
            Flows.Users.UserPolicy policy = UserPolicyCompiler.Compile(tables, known, address);
            UInt128 mapped = FlowJudge.MappedOf(address);
            if (policy.IsPinned)
                UserRestore.Apply(StateOf(ShardOf(mapped, known.Zone)), mapped, known.Zone, in policy, nowMs);
        }
    }

    /// <summary>Has the shards hand their translation events over. Before <see cref="Start"/>, once.</summary>
    /// <param name="sessions">Whether each flow's begin and end are among them.</param>
    /// <returns>One link a shard; the plane disposes them.</returns>
    public IReadOnlyList<NatEventLink> LogNatEvents(bool sessions)
    {
        foreach (FlowStage stage in _stages)
        {
            stage.NatEvents = new NatEventLink(stage.State.Settings.ShardIndex);
            if (sessions)
                stage.State.LogSessions();
        }

        return [.. _stages.Select(static stage => stage.NatEvents!)];
    }

    /// <summary>Gives a subscriber a port block that it had before. Before <see cref="Start"/>, after <see cref="Restore"/>.</summary>
    /// <inheritdoc cref="LeaseRestore.TryRestore" path="/returns"/>
    /// <param name="user">LAN address, host byte order.</param>
    /// <param name="zone">Its zone.</param>
    /// <param name="publicAddress">Host byte order.</param>
    /// <param name="firstPort">First port of the block.</param>
    /// <param name="portCount">Ports of the block.</param>
    public bool TryRestoreLease(uint user, ushort zone, uint publicAddress, ushort firstPort, int portCount)
    {
        uint userBe = BinaryPrimitives.ReverseEndianness(user);
        ShardState shard = StateOf(_pool.ShardOfUser(userBe, zone));
        return LeaseRestore.TryRestore(shard, userBe, zone, BinaryPrimitives.ReverseEndianness(publicAddress), firstPort, portCount, Worker.NowMs(_clock));
    }

    /// <summary>Starts the workers. Flows of an earlier process are not inspected.</summary>
    public void Start()
    {
        foreach (FlowStage stage in _stages)
            stage.Inspection?.Switch(_inspection!.Switch);
        foreach (Worker worker in _workers)
            worker.Start();
    }

    /// <summary>Sets until when this node forwards a shard. In force with the shard's next burst; a message that is answered afterwards says that it is. Any thread.</summary>
    /// <param name="shardIndex">0 to the shard count - 1.</param>
    /// <param name="untilMs">As <see cref="Worker.NowMs"/> counts; 0 for not at all.</param>
    public void SetOwnedUntil(int shardIndex, long untilMs) => _stages[shardIndex].Replication.OwnedUntilMs = untilMs;

    /// <summary>Whether this node forwards a shard at this moment. Any thread.</summary>
    /// <param name="shardIndex">0 to the shard count - 1.</param>
    public bool IsOwned(int shardIndex) => !_stages[shardIndex].Replication.IsElsewhere(Worker.NowMs(_clock));

    /// <summary>Says where frames of a shard go while it is not forwarded here; null has them dropped. Any thread.</summary>
    /// <param name="shardIndex">0 to the shard count - 1.</param>
    /// <param name="route">To the owner.</param>
    public void SetDetour(int shardIndex, DetourRoute? route) => _stages[shardIndex].Detour.Route = route;

    /// <summary>Has frames of a shard that is handed over wait until <see cref="SetDetour"/> says to whom. Any thread.</summary>
    /// <param name="shardIndex">0 to the shard count - 1.</param>
    /// <param name="longest">Then they are dropped.</param>
    public void HoldFrames(int shardIndex, TimeSpan longest) => _stages[shardIndex].Detour.HoldUntilMs = Worker.NowMs(_clock) + (long)longest.TotalMilliseconds;

    /// <summary>Frames that waited while their shard was handed over. Any thread.</summary>
    public long HeldCount => _stages.Sum(static stage => stage.Detour.HeldCount);

    /// <summary>Frames that were sent on to the owners of their shards. Any thread.</summary>
    public long DetouredCount => _stages.Sum(static stage => stage.Detour.SentCount);

    /// <summary>A message to a shard's flow actor.</summary>
    /// <param name="shardIndex">0 to the shard count - 1.</param>
    /// <param name="message">One of the messages of <see cref="FlowActor"/>.</param>
    public void Tell(int shardIndex, object message) => Tell(shardIndex, message, ActorRefs.NoSender);

    /// <summary>A message to a shard's flow actor.</summary>
    /// <param name="shardIndex">0 to the shard count - 1.</param>
    /// <param name="message">One of the messages of <see cref="FlowActor"/>.</param>
    /// <param name="sender">Who gets the answer.</param>
    public void Tell(int shardIndex, object message, IActorRef? sender) => _supervisor.Tell(new ShardEnvelope(shardIndex, message), sender);

    /// <summary>A message to every shard's flow actor.</summary>
    public void TellAll(object message)
    {
        for (int shard = 0; shard < _stages.Length; shard++)
            Tell(shard, message);
    }

    /// <summary>Takes a public address out of service: its flows end on their next packet.</summary>
    /// <param name="address">Host byte order.</param>
    public void Withdraw(uint address) => TellAll(new WithdrawAddressRequest(BinaryPrimitives.ReverseEndianness(address)));

    /// <summary>Puts a public address into service, one that was withdrawn or a new one. One thread at a time.</summary>
    /// <param name="address">Host byte order.</param>
    /// <returns>False when the pool has no room for it.</returns>
    public bool TryServe(uint address)
    {
        uint addressBe = BinaryPrimitives.ReverseEndianness(address);
        if (_pool.IndexOf(addressBe) < 0 && !_pool.TryAdd(address))
            return false;
        TellAll(new RestoreAddressRequest(addressBe));
        return true;
    }

    /// <summary>A question to a shard's flow actor.</summary>
    /// <typeparam name="T">Type of the answer.</typeparam>
    /// <param name="shardIndex">0 to the shard count - 1.</param>
    /// <param name="message">One of the messages of <see cref="FlowActor"/>.</param>
    public Task<T> Ask<T>(int shardIndex, object message) => _supervisor.Ask<T>(new ShardEnvelope(shardIndex, message), AnswerTimeout);

    /// <summary>Shard of a subscriber.</summary>
    /// <param name="address">LAN address, host byte order.</param>
    /// <param name="zone">Zone of the LAN port.</param>
    public int ShardOf(uint address, ushort zone) => _pool.ShardOfUser(BinaryPrimitives.ReverseEndianness(address), zone);

    private Task<T[]> AskAll<T>(object message) => Task.WhenAll(Enumerable.Range(0, _stages.Length).Select(shard => Ask<T>(shard, message)));

    /// <summary>Asks the offload actor for its figures; null where there is no PPE. The workers must run.</summary>
    public async Task<OffloadReport?> ReportOffload() =>
        _offload is null ? null : await _supervisor.Ask<OffloadReport>(OffloadReportRequest.Instance, AnswerTimeout);

    /// <summary>Asks the offload actor for its flows as a MediaTek chip would have them; null where there is no PPE. The workers must run.</summary>
    /// <param name="request">Which chip.</param>
    public async Task<FoeImage?> ImageOffload(FoeImageRequest request) =>
        _offload is null ? null : await _supervisor.Ask<FoeImage>(request, AnswerTimeout);

    /// <summary>Asks all shards for their figures. The workers must run.</summary>
    public async Task<DataPlaneReport> Report()
    {
        ShardReport[] shards = await AskAll<ShardReport>(ShardReportRequest.Instance);
        return new DataPlaneReport(shards, [.. _rxDrops.Select(ShardReport.DropsOf)]);
    }

    /// <summary>Has every shard take other rules (<see cref="ShardState.Apply"/>), or none. The workers must run; one change at a time.</summary>
    /// <param name="rules">Valid settings.</param>
    /// <returns>Port forwards that cannot be had now, for a subscriber uses their port: then nothing was changed.</returns>
    public async Task<IReadOnlyList<PortForward>> Apply(NatSettings rules)
    {
        ForwardsAnswer[] answers = await AskAll<ForwardsAnswer>(new ForwardsRequest(rules.PortForwards));
        PortForward[] refused = [.. answers.SelectMany(static answer => answer.Refused).Distinct()];
        if (refused.Length != 0)
        {
            await AskAll<ForwardsAnswer>(new ForwardsRequest([]));
            return refused;
        }

        _pool.SetForwards(rules.PortForwards);
        await AskAll<RulesRequest>(new RulesRequest(rules));
        return [];
    }

    /// <summary>Begins a new epoch of port control in every shard; what was told to the shards before this is done when it ends. The workers must run.</summary>
    public Task BeginPcpEpoch() => AskAll<PcpEpochRequest>(PcpEpochRequest.Instance);

    /// <summary>Has every shard switch its inspection. The workers must run.</summary>
    public Task Apply(InspectionSwitch inspection) =>
        Task.WhenAll(Enumerable.Range(0, _stages.Length).Select(shard => Ask<InspectionSwitchRequest>(shard, new InspectionSwitchRequest(inspection))));

    /// <summary>Gives every shard other lists of domains; when it ends, the earlier ones are read no more. The workers must run.</summary>
    /// <param name="request">The lists; they live until others are in force.</param>
    public Task Apply(DomainListsRequest request) => AskAll<DomainListsRequest>(request);

    /// <summary>Asks all shards what their inspection counted. The workers must run.</summary>
    public Task<InspectionReport[]> ReportInspection() =>
        Task.WhenAll(Enumerable.Range(0, _stages.Length).Select(shard => Ask<InspectionReport>(shard, InspectionReportRequest.Instance)));

    /// <summary>Tells the sink all that waits in the shards. After <see cref="Stop"/>.</summary>
    public void FlushInspection()
    {
        foreach (InspectionBatch batch in _stages.SelectMany(static stage => stage.Inspection?.TakeAll() ?? []))
            _inspection!.Sink.Tell(batch, ActorRefs.NoSender);
    }

    /// <summary>Brings a request of port control to the shard of the subscriber that it is about. The workers must run.</summary>
    /// <param name="message">Any bytes.</param>
    /// <param name="sourceBe">Its sender, network byte order.</param>
    /// <param name="zone">Zone of the LAN port.</param>
    /// <returns>What is sent back; empty where nothing is.</returns>
    public async Task<byte[]> AskPcp(byte[] message, uint sourceBe, ushort zone)
    {
        int shard = _pool.ShardOfUser(PcpServer.SubjectOf(message, sourceBe), zone);
        return (await Ask<PcpAnswer>(shard, new PcpMessage(message, sourceBe, zone))).Message;
    }

    /// <summary>Gives up the frames that wait in shards. The workers must run, and nothing more come.</summary>
    public Task Drain() => AskAll<DrainRequest>(DrainRequest.Instance);

    /// <summary>Stops the workers, then the actors. The memory stays until <see cref="Dispose"/>.</summary>
    public async Task Stop()
    {
        foreach (Worker worker in _workers)
            worker.Stop();
        await _supervisor.GracefulStop(AnswerTimeout);
    }

    /// <summary>Frees the tables. The plane must have been stopped, or never started.</summary>
    public void Dispose()
    {
        foreach (Worker worker in _workers)
            worker.Dispose();
        foreach (ShardDispatch dispatch in _rxDispatches)
            dispatch.Dispose();
        foreach (FlowStage stage in _stages)
            stage.Dispose();
        foreach (HandoffRing? ring in _rings)
            ring?.Dispose();
        foreach (ReasonCounters drops in _rxDrops)
            drops.Dispose();
        _pool.Dispose();
        _ownPolicies?.Dispose();
        _offloadStage?.Dispose();
        foreach (OfferLink link in _offerLinks)
            link.Dispose();
    }

    private ShardState[] States() => [.. _stages.Select(static stage => stage.State)];

    private long UnixMs() => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private int WorkerOf(int shard) => shard % _plans.Count;

    private FlowStage MakeStage(int shard, long nowMs)
    {
        WorkerPlan plan = _plans[WorkerOf(shard)];
        int pathCapacity = Math.Clamp(LinksMax / _settings.ShardCount, PathCapacityMin, PathCapacity);
        var paths = new PathTable(pathCapacity);
        var state = new ShardState(_settings with { ShardIndex = shard }, _pool, nowMs, paths, _makeResolver?.Invoke(paths), Policies);
        if (_offload is { } offload)
        {
            var link = new OfferLink();
            _offerLinks.Add(link);
            state.AttachOffload(link, OffloadStage.LimitsOf(offload.Ppe), pathCapacity, nowMs);
        }

        FlowInspection? inspection = _inspection is { } wanted ? new FlowInspection(state, wanted, _clock) : null;
        return new FlowStage(new FlowShard(state, _umem, plan.Pool), _umem, new FrameEmitter(state, plan.Egress, _umem, plan.Pool, plan.Host), plan.Pool, inspection);
    }

    // A thread of its own: a storm of offers takes no time from forwarding. The shards' workers wake it for them.
    private void MakeOffload(OffloadPlan plan, TimeProvider clock)
    {
        IEnumerable<int> capacities = _stages.SelectMany(static shard => new[] { shard.State.Flows.Capacity, shard.State.Ipv6.Flows.Capacity });
        var stage = new OffloadStage(plan.Ppe, _offerLinks, plan.Policies, capacities) { EachSecond = plan.EachSecond };
        if (plan.Ppe is IAdoptablePpe { IsAdopted: true } adoptable)
        {
            _adoption = new TableAdoption(adoptable, States());
            _adoption.Prepare(Worker.NowMs(clock));
        }

        _offloadStage = stage;
        var slots = new List<DataActorSlot>();
        AddActor(slots, DataPlaneSupervisor.OffloadActorName, slot => new OffloadActor(slot, stage));
        var worker = new Worker("offload", slots, clock, rhythm: IdleRhythm.Patient);
        _workers.Add(worker);
        foreach (OfferLink link in _offerLinks)
            link.Waker = worker.Wake;
    }

    private void MakeRings()
    {
        for (int worker = 0; worker < _plans.Count; worker++)
        {
            for (int shard = 0; shard < _stages.Length; shard++)
                _rings[worker, shard] = WorkerOf(shard) == worker ? null : new HandoffRing(RingCapacity);
        }

        for (int shard = 0; shard < _stages.Length; shard++)
        {
            IEnumerable<HandoffRing> inbound = Enumerable.Range(0, _plans.Count).Select(worker => _rings[worker, shard]).OfType<HandoffRing>();
            _stages[shard].Connect(inbound, MakeDispatch(WorkerOf(shard), shard, _stages[shard].State.Drops));
        }
    }

    private ShardDispatch MakeDispatch(int worker, int home, ReasonCounters drops)
    {
        IEnumerable<ShardLink> links = _stages.Select(
            (stage, shard) => _rings[worker, shard] is { } ring ? ShardLink.To(ring) : ShardLink.To(stage));
        var held = new HeldFragments(_settings.HeldFragmentCapacity, (long)_settings.FragmentWait.TotalMilliseconds);
        return new ShardDispatch([.. links], new ShardRouter(_settings, _pool, _umem, home), _umem, _plans[worker].Pool, drops, held);
    }

    private void MakeWorker(int index, TimeProvider clock)
    {
        WorkerPlan plan = _plans[index];
        var slots = new List<DataActorSlot>();
        int home = index < _stages.Length ? index : 0;
        for (int i = 0; i < plan.RxActors.Count; i++)
        {
            var drops = new ReasonCounters();
            ShardDispatch dispatch = MakeDispatch(index, home, drops);
            _rxDrops.Add(drops);
            _rxDispatches.Add(dispatch);
            Func<RxContext, DataActor> make = plan.RxActors[i];
            AddActor(slots, string.Create(CultureInfo.InvariantCulture, $"rx-{index}-{i}"), slot => make(new RxContext(slot, dispatch, _umem, _hash)));
        }

        for (int shard = index; shard < _stages.Length; shard += _plans.Count)
        {
            FlowStage stage = _stages[shard];
            AddActor(slots, DataPlaneSupervisor.FlowActorName(shard), slot => new FlowActor(slot, stage));
        }

        bool isWoken = _plans.Count == 1 && plan.WaitDescriptors is { Count: > 0 }; // Nobody hands it frames.
        string name = string.Create(CultureInfo.InvariantCulture, $"worker-{index}");
        _workers.Add(new Worker(name, slots, clock, plan.Cpu, plan.WaitDescriptors, isWoken ? IdleRhythm.Woken : IdleRhythm.Looking));
    }

    private void AddActor(List<DataActorSlot> slots, string name, Func<DataActorSlot, DataActor> make)
    {
        var slot = new DataActorSlot();
        slots.Add(slot);
        _actors.Add(KeyValuePair.Create(name, Props.Create(() => make(slot)).WithPolledMailbox(slot.Mailbox)));
    }
}
