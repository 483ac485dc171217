using Natflow.Actors;
using Natflow.Actors.Dispatch;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Ppe;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Users;
using Natflow.Gateway.Workers;
using Natflow.Memory;
using Natflow.Ports;
using Natflow.Ports.InMemory;
using Natflow.Testing;
using Natflow.Testing.Actors;

namespace Natflow.Gateway.Tests;

/// <summary>
/// A data plane between memory ports, on virtual time. Unless <see cref="DataPlane.Start"/> is called its workers are turned by the test, on the test's thread, in the
/// order that the test chooses.
/// </summary>
internal sealed class PlaneRig : IDisposable
{
    private const int ChunkBytes = 2048;
    private const int TurnsMax = 100_000;
    private const int ReclaimTurns = 64;

    private readonly ActorSystem _system;
    private readonly Umem _umem;
    private readonly ChunkPool[] _pools;
    private readonly int _chunksPerWorker;

    internal PlaneRig(int workers = 1, int shards = 1, Func<NatSettings, NatSettings>? change = null, int chunksPerWorker = 1024, bool keepsSent = true, OffloadPlan? offload = null,
        Func<PathTable, IPathResolver>? makeResolver = null, Func<ActorSystem, InspectionPlan>? inspection = null)
    {
        Settings = new NatSettings
        {
            PublicAddresses = [Frames.Public, Frames.Public + 1],
            LanPrefixes = [Frames.Lan],
            ShardCount = shards,
            FlowCapacity = 8192,
            UserCapacity = 1024,
            Seed = 7,
        };
        Settings = change?.Invoke(Settings) ?? Settings;
        _chunksPerWorker = chunksPerWorker;
        _umem = new Umem(workers * chunksPerWorker, ChunkBytes);
        _pools = [.. Enumerable.Range(0, workers).Select(worker => new ChunkPool(_umem, worker * chunksPerWorker, chunksPerWorker))];
        Lan = [.. _pools.Select((pool, worker) => new MemoryPort($"lan-{worker}", 0, _umem, pool) { KeepsSent = keepsSent })];
        Wan = [.. _pools.Select((pool, worker) => new MemoryPort($"wan-{worker}", 1, _umem, pool) { KeepsSent = keepsSent })];
        LanQueues = [.. Lan.Select(static port => new FaultyQueue(port))];
        Dictionary<string, Func<MessageDispatcher>> dispatchers = new(StringComparer.Ordinal)
        {
            [Dispatchers.DefaultDispatcherId] = static () => new CallingThreadDispatcher(),
        };
        _system = ActorSystem.Create("rig", new ActorSystemSettings { TimeProvider = Time, Dispatchers = dispatchers, LogDeadLetters = 0 });
        Plane = new DataPlane(_system, Settings, [.. Enumerable.Range(0, workers).Select(PlanOf)], _umem, Time, makeResolver, offload, inspection: inspection?.Invoke(_system));
        HasOffload = offload is not null;
        Pool = new PublicPool(Settings);
    }

    /// <summary>Starts the actors of users and rules beside the plane. Their messages are handled on the test's thread.</summary>
    internal UserControl StartUsers(PolicyModels models, IPolicyEventSink events)
    {
        UserPort[] ports = [new UserPort("lan0", 0), new UserPort("wan0", 0)];
        var tables = new PolicyTables(models, ports);
        IActorRef users = _system.ActorOf(Props.Create(() => new UsersActor(Settings.UserCapacity * Settings.ShardCount, tables, events, Time)), "users");
        IActorRef policy = _system.ActorOf(Props.Create(() => new PolicyActor(models, ports, users, Plane.Policies, "1.2.3", static name => name == "lan0")), "policy");
        Plane.Prepare(tables, users);
        users.Tell(new UsersReady(Plane));
        policy.Tell(new UsersReady(Plane));
        Settle();
        return new UserControl(Plane, users, policy);
    }

    /// <summary>Whether an offload worker is turned with the others.</summary>
    internal bool HasOffload { get; }

    internal NatSettings Settings { get; }

    internal TestTime Time { get; } = new();

    internal DataPlane Plane { get; }

    /// <summary>Says who owns what.</summary>
    internal PublicPool Pool { get; }

    internal MemoryPort[] Lan { get; }

    internal MemoryPort[] Wan { get; }

    /// <summary>Ingress from subscribers, by worker.</summary>
    internal FaultyQueue[] LanQueues { get; }

    /// <summary>RX actors made, restarted ones counted again.</summary>
    internal int RxActorsMade { get; private set; }

    internal int WorkerCount => _pools.Length;

    internal ShardState State(int shard = 0) => Plane.StateOf(shard);

    internal bool Turn(int worker) => Plane.Turn(worker);

    /// <summary>Turns all workers until none has anything to do.</summary>
    internal void Settle()
    {
        for (int turn = 0; turn < TurnsMax; turn++)
        {
            bool busy = false;
            for (int worker = 0; worker < WorkerCount + (HasOffload ? 1 : 0); worker++)
                busy |= Turn(worker);
            if (!busy)
                return;
        }

        Assert.Fail("the workers do not come to rest");
    }

    /// <summary>Figures of the plane. The workers are turned, so that they answer.</summary>
    internal async Task<DataPlaneReport> Report()
    {
        Settle();
        Task<DataPlaneReport> report = Plane.Report();
        Settle();
        return await report;
    }

    /// <summary>All that a port sent, oldest first.</summary>
    internal static List<byte[]> Sent(MemoryPort port)
    {
        var frames = new List<byte[]>();
        while (port.TryTakeSent(out byte[] frame))
            frames.Add(frame);
        return frames;
    }

    /// <summary>Every chunk is back where it belongs. The plane must be at rest: then the workers take back, turn by turn, what they were paid.</summary>
    internal void CheckChunks()
    {
        for (int turn = 0; turn < ReclaimTurns; turn++)
            Settle();
        for (int worker = 0; worker < WorkerCount; worker++)
            Assert.Equal(_chunksPerWorker, _pools[worker].Available);
    }

    public void Dispose()
    {
        Plane.Stop().GetAwaiter().GetResult();
        _system.Terminate().GetAwaiter().GetResult();
        Plane.Dispose();
        Pool.Dispose();
        foreach (ChunkPool pool in _pools)
            pool.Dispose();
        _umem.Dispose();
    }

    private WorkerPlan PlanOf(int worker) =>
        new(_pools[worker], [Rx(LanQueues[worker], Side.Lan), Rx(Wan[worker], Side.Wan)], [Lan[worker], Wan[worker]]);

    private Func<RxContext, DataActor> Rx(IPortQueue queue, Side side) => context =>
    {
        RxActorsMade++;
        return new RxActor(context.Slot, new RxSettings(side, Zone: 0, context.Hash), queue, context.Dispatch, context.Umem);
    };
}
