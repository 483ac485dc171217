using System.Buffers.Binary;
using Natflow.Actors;
using Natflow.Actors.Dispatch;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Users;
using Natflow.Gateway;
using Natflow.Gateway.Ppe;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Workers;
using Natflow.Memory;
using Natflow.Ports;
using Natflow.Ports.InMemory;
using Natflow.Testing;
using Natflow.Testing.Actors;
using Natflow.Testing.Flows;
using Natflow.Testing.Offload;
using Natflow.Testing.Packets;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Conformance.Bench;

/// <summary>
/// The whole data plane between two captured wires, on a clock that stands until the test moves it. Hosts A and B are inside, X (two addresses) and Y outside.
/// Only frames are looked at: what came out, on which side, byte for byte.
/// </summary>
public sealed class GatewayBench : IDisposable
{
    private const int ChunkBytes = 2048;
    private const int ChunksPerWorker = 2048;
    private const int TurnsMax = 200_000;
    private const int PpeEntries = 64;

    private readonly ActorSystem _system;
    private readonly Umem _umem;
    private readonly ChunkPool[] _pools;
    private readonly MemoryPort[] _lan;
    private readonly MemoryPort[] _wan;
    private readonly DataPlane _plane;
    private readonly WireLog _log;
    private readonly PolicyTable? _policies;

    /// <summary>Builds a gateway.</summary>
    /// <param name="path">Way that packets take.</param>
    /// <param name="settings">Shard count is set here.</param>
    /// <param name="log">Gets each frame that is sent or seen.</param>
    internal GatewayBench(BenchPath path, NatSettings settings, WireLog log)
    {
        Path = path;
        int workers = path == BenchPath.Handoff ? 2 : 1;
        Settings = settings with { ShardCount = workers };
        IReadOnlyList<string> errors = Settings.Validate();
        Assert.True(errors.Count == 0, string.Join('\n', errors));
        _log = log;
        _umem = new Umem(workers * ChunksPerWorker, ChunkBytes);
        _pools = [.. Enumerable.Range(0, workers).Select(worker => new ChunkPool(_umem, worker * ChunksPerWorker, ChunksPerWorker))];
        _lan = [.. _pools.Select((pool, worker) => new MemoryPort($"lan-{worker}", 0, _umem, pool))];
        _wan = [.. _pools.Select((pool, worker) => new MemoryPort($"wan-{worker}", 1, _umem, pool))];
        Dictionary<string, Func<MessageDispatcher>> dispatchers = new(StringComparer.Ordinal)
        {
            [Dispatchers.DefaultDispatcherId] = static () => new CallingThreadDispatcher(),
        };
        _system = ActorSystem.Create("bench", new ActorSystemSettings { TimeProvider = Time, Dispatchers = dispatchers, LogDeadLetters = 0 });
        if (path == BenchPath.Offloaded)
        {
            _policies = new PolicyTable(PolicyTable.UserBase + (Settings.UserCapacity * Settings.ShardCount));
            Ppe = new MemoryPpe(PpeEntries, _policies);
        }

        OffloadPlan? offload = Ppe is { } ppe ? new OffloadPlan(ppe, _policies!) : null;
        _plane = new DataPlane(_system, Settings, [.. Enumerable.Range(0, workers).Select(PlanOf)], _umem, Time, makeResolver: null, offload);
        Pool = new PublicPool(Settings);
        foreach (ShardState state in States)
        {
            state.SetIcmpSource(Side.Lan, BinaryPrimitives.ReverseEndianness(GatewayInside));
            state.SetIcmpSource(Side.Wan, BinaryPrimitives.ReverseEndianness(GatewayOutside));
        }
    }

    /// <summary>One public address, subscribers in 10.0.0.0/16, tables of a few thousand.</summary>
    public static NatSettings Defaults { get; } = ShardRig.Defaults with { FlowCapacity = 8192, UserCapacity = 1024, FragmentCapacity = 256 };

    /// <summary>Way that packets take.</summary>
    public BenchPath Path { get; }

    /// <summary>What the gateway was built with.</summary>
    public NatSettings Settings { get; }

    /// <summary>The clock.</summary>
    public TestTime Time { get; } = new();

    /// <summary>The gateway's clock, ms.</summary>
    public long NowMs => Worker.NowMs(Time);

    /// <summary>Says who owns what.</summary>
    public PublicPool Pool { get; }

    /// <summary>The actors beside the gateway: their messages are handled on the test's thread.</summary>
    public ActorSystem Actors => _system;

    /// <summary>The PPE in front; null on the other paths.</summary>
    public MemoryPpe? Ppe { get; }

    /// <summary>The gateway.</summary>
    public DataPlane Plane => _plane;

    /// <summary>What the shards own.</summary>
    public IEnumerable<ShardState> States => Enumerable.Range(0, Settings.ShardCount).Select(_plane.StateOf);

    /// <summary>The shard that owns a subscriber.</summary>
    public ShardState StateOf(uint inside) => _plane.StateOf(Pool.ShardOfUser(BinaryPrimitives.ReverseEndianness(inside), zone: 0));

    /// <summary>Drops charged to a reason, by shards and RX.</summary>
    public ulong Drops(DropReason reason) => _plane.ReadDrops(reason);

    /// <summary>Sends a frame from inside.</summary>
    /// <returns>The frame that left; null where none did.</returns>
    public Arrival? FromInside(byte[] frame, bool mayEdit = false) => Single(Side.Lan, frame, mayEdit);

    /// <summary>Sends a frame from outside.</summary>
    /// <returns>The frame that left; null where none did.</returns>
    public Arrival? FromOutside(byte[] frame, bool mayEdit = false) => Single(Side.Wan, frame, mayEdit);

    /// <summary>Sends a frame from a side.</summary>
    /// <returns>The frame that left; null where none did.</returns>
    public Arrival? From(Side side, byte[] frame) => Single(side, frame, mayEdit: false);

    /// <summary>Sends a frame; several may leave.</summary>
    /// <param name="side">Where it comes from.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="isHostile">Its checksums are wrong on purpose.</param>
    public IReadOnlyList<Arrival> Send(Side side, byte[] frame, bool isHostile = false)
    {
        if (Path == BenchPath.Slow)
        {
            foreach (ShardState state in States)
                state.Paths.BumpAll();
        }

        _log.Write(NowMs, frame);
        if (Ppe is { } ppe)
        {
            PpeVerdict verdict = ppe.Receive(frame, side, NowMs, out byte[] forwarded, out Side egress);
            if (verdict == PpeVerdict.Dropped)
                return [];
            if (verdict == PpeVerdict.Forwarded)
            {
                _log.Write(NowMs, forwarded);
                Assert.Null(FrameChecker.FindFault(forwarded));
                return [new Arrival(egress, forwarded)];
            }
        }

        (side == Side.Lan ? _lan : _wan)[IngressOf(side, frame)].Feed(frame);
        Settle();
        return Collect(isHostile || FrameChecker.FindFault(frame) is not null);
    }

    /// <summary>Moves the clock; what falls due happens.</summary>
    /// <returns>Frames that left meanwhile.</returns>
    public IReadOnlyList<Arrival> Wait(TimeSpan time)
    {
        Time.Advance(time);
        Settle();
        return Collect(isHostile: false);
    }

    /// <summary>Sets the MTU of the ways of a side.</summary>
    public void SetMtu(Side towards, ushort mtuBytes)
    {
        foreach (ShardState state in States)
            state.Paths[towards == Side.Wan ? PathTable.AsIsWan : PathTable.AsIsLan].MtuBytes = mtuBytes;
    }

    /// <summary>Turns the workers until none has anything to do.</summary>
    public void Settle()
    {
        for (int turn = 0; turn < TurnsMax; turn++)
        {
            bool busy = false;
            for (int worker = 0; worker < _pools.Length + (Ppe is null ? 0 : 1); worker++)
                busy |= _plane.Turn(worker);
            if (!busy)
                return;
        }

        Assert.Fail("the workers do not come to rest");
    }

    /// <summary>Chunks that are neither free nor on the way back to their owner.</summary>
    public int ChunksInUse
    {
        get
        {
            for (int turn = 0; turn < 64; turn++)
                Settle();
            return (_pools.Length * ChunksPerWorker) - _pools.Sum(static pool => pool.Available);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _plane.Stop().GetAwaiter().GetResult();
        _system.Terminate().GetAwaiter().GetResult();
        _plane.Dispose();
        Pool.Dispose();
        foreach (ChunkPool pool in _pools)
            pool.Dispose();
        _umem.Dispose();
        _policies?.Dispose();
    }

    private WorkerPlan PlanOf(int worker) => new(_pools[worker], [Rx(_lan[worker], Side.Lan), Rx(_wan[worker], Side.Wan)], [_lan[worker], _wan[worker]]);

    private static Func<RxContext, DataActor> Rx(IPortQueue queue, Side side) =>
        context => new RxActor(context.Slot, new RxSettings(side, Zone: 0, context.Hash), queue, context.Dispatch, context.Umem);

    // A NIC spreads by addresses and, for whole packets, ports; fragments of one datagram always meet at one queue.
    private int IngressOf(Side side, byte[] frame)
    {
        if (Path != BenchPath.Handoff)
            return 0;
        int offset = FrameChecker.IpOffset(frame);
        if (offset < 0 || frame[offset] >> 4 != 4)
            return 1;
        PacketView packet = PacketView.Of(frame);
        if (side == Side.Lan)
            return 1 - Pool.ShardOfUser(BinaryPrimitives.ReverseEndianness(packet.Source), zone: 0);
        bool isFragment = packet.MoreFragments || packet.FragmentOffset != 0;
        return isFragment ? 1 : 1 - Pool.ShardOfExternal(
            BinaryPrimitives.ReverseEndianness(packet.Destination), BinaryPrimitives.ReverseEndianness(packet.DestinationPort), packet.Protocol);
    }

    private Arrival? Single(Side side, byte[] frame, bool mayEdit)
    {
        IReadOnlyList<Arrival> arrivals = Send(side, frame);
        Assert.True(arrivals.Count <= 1, $"{arrivals.Count} frames left for one");
        if (arrivals.Count == 0)
            return null;
        if (!mayEdit)
            PacketReferee.AssertOnlyTranslated(side, frame, arrivals[0]);
        return arrivals[0];
    }

    private List<Arrival> Collect(bool isHostile)
    {
        var arrivals = new List<Arrival>();
        foreach ((MemoryPort[] ports, Side side) in new[] { (_lan, Side.Lan), (_wan, Side.Wan) })
        {
            foreach (MemoryPort port in ports)
            {
                while (port.TryTakeSent(out byte[] frame))
                {
                    _log.Write(NowMs, frame);
                    if (!isHostile)
                        Assert.Null(FrameChecker.FindFault(frame));
                    arrivals.Add(new Arrival(side, frame));
                }
            }
        }

        return arrivals;
    }
}
