using System.Globalization;
using Natflow.Actors;
using Natflow.Cli.Bench.Pipeline;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Gateway;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Users;
using Natflow.Gateway.Views.Scan;
using Natflow.Memory;

namespace Natflow.Cli.Bench.Policy;

/// <summary>A data plane of one worker with a flow for each of many users, beside it the actors that own users and rules.</summary>
internal sealed class PolicyBenchRig : IAsyncDisposable, IPolicyEventSink
{
    private const int ChunkCount = 2048;
    private const int ChunkBytes = 2048;
    private const int PacketsBefore = 6; // A stream that nobody answers is by then one that the hot path takes.
    private const int BlockPorts = 64;
    private const int BlocksPerAddress = 1000;
    private const uint FirstUser = 0x0A00_0001;
    private const uint FirstPublic = 0xCB00_7101; // Apart from the servers of the plan.
    private const double RateTolerance = 1e-3; // Meters keep four digits of a rate.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly BenchFrames _frames;
    private readonly ActorSystem _system = ActorSystem.Create("bench-policy", BenchSystem.Settings);
    private readonly Umem _umem = new(ChunkCount, ChunkBytes);
    private readonly ChunkPool _pool;
    private readonly BenchQueue _lan;
    private readonly BenchQueue _wan;
    private readonly CoreReservation? _cores = CoreReservation.TryMake([0]);
    private readonly DataPlane _plane;
    private long _received;
    private long _events;

    private PolicyBenchRig(int userCount)
    {
        UserCount = userCount;
        _frames = new BenchFrames(userCount, FrameMix.Small);
        for (int user = 0; user < userCount; user++)
            _frames.Set(user, AddressOf(user), FlowPlan.RemoteAddress(user), 20_000, FlowPlan.RemotePort(user));
        _pool = new ChunkPool(_umem, 0, ChunkCount);
        _lan = new BenchQueue(_umem, _pool);
        _wan = new BenchQueue(_umem, _pool);
        var settings = new NatSettings
        {
            // An eighth more than needed: an address for each user's one block is then soon found.
            PublicAddresses = [.. Enumerable.Range(0, (int)(userCount * 9L / (BlocksPerAddress * 8L)) + 1).Select(static index => FirstPublic + (uint)index)],
            LanPrefixes = [FlowPlan.LanPrefix],
            PortBlockSize = BlockPorts,
            FlowCapacity = userCount + 1024,
            UserCapacity = userCount + (userCount / 8),
            Seed = 42,
        };
        var plan = new WorkerPlan(_pool, [Rx(_lan, Side.Lan), Rx(_wan, Side.Wan)], [_lan, _wan], Environment.ProcessorCount > 1 ? 0 : null);
        _plane = new DataPlane(_system, settings, [plan], _umem, TimeProvider.System);
        UserPort[] ports = [new("lan0", 0), new("wan0", 0)];
        PolicyModels models = PolicyModels.Default;
        var tables = new PolicyTables(models, ports);
        IActorRef users = _system.ActorOf(Props.Create(() => new UsersActor(settings.UserCapacity, tables, this, TimeProvider.System)), "users");
        IActorRef policy = _system.ActorOf(Props.Create(() => new PolicyActor(models, ports, users, _plane.Policies, "0", static _ => true)), "policy");
        _plane.Prepare(tables, users);
        UsersActor = users;
        Users = new UserControl(_plane, users, policy);
        _plane.TryPopulate();
        _plane.Start();
        users.Tell(new UsersReady(_plane), ActorRefs.NoSender);
        policy.Tell(new UsersReady(_plane), ActorRefs.NoSender);
    }

    /// <summary>Users.</summary>
    internal int UserCount { get; }

    /// <summary>Owns the users.</summary>
    internal IActorRef UsersActor { get; }

    /// <summary>Asks and tells the actors.</summary>
    internal UserControl Users { get; }

    /// <summary>Opens a flow for each user, and waits until all are users of the book.</summary>
    internal static async Task<PolicyBenchRig> Start(int userCount)
    {
        var rig = new PolicyBenchRig(userCount);
        await rig.Send(rig.RandomOrder(seed: 7), (long)PacketsBefore * userCount);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        long start = TimeProvider.System.GetTimestamp();
        while (await rig.CountUsers() != userCount)
        {
            if (TimeProvider.System.GetElapsedTime(start) > Patience)
                throw new InvalidOperationException("the user actor does not hear of all users");
            await timer.WaitForNextTickAsync();
        }

        return rig;
    }

    // A million that come at once are a long queue in front of the question.
    private async Task<int> CountUsers()
    {
        try
        {
            return (await Users.Page(new UserPageRequest(null, 0, 1))).TotalCount;
        }
        catch (AskTimeoutException)
        {
            return 0;
        }
    }

    /// <summary>A user's address, host byte order.</summary>
    internal uint AddressOf(int user) => FirstUser + (uint)user;

    /// <summary>All users, in a random order.</summary>
    internal int[] RandomOrder(int seed) => PipelineRig.Shuffled(UserCount, seed);

    /// <summary>Sends packets of users in an order.</summary>
    internal async Task<HitResult> Hit(int[] order, long packetCount)
    {
        BenchResult result = await Send(order, packetCount);
        double nanoseconds = (result.Ticks - result.WireTicks) * 1e9 / TimeProvider.System.TimestampFrequency;
        return new HitResult(nanoseconds / result.PacketCount, (double)result.AllocatedBytes / result.PacketCount);
    }

    /// <summary>Checks that a change has reached its shard.</summary>
    /// <exception cref="InvalidOperationException">It has not.</exception>
    internal async Task CheckLimits((uint Address, long BitsPerSecond) wanted)
    {
        UserAnswer answer = await _plane.Ask<UserAnswer>(_plane.ShardOf(wanted.Address, 0), new UserRequest(wanted.Address, 0));
        double rate = answer.User?.UpBitsPerSecond ?? 0;
        if (Math.Abs(rate - wanted.BitsPerSecond) > wanted.BitsPerSecond * RateTolerance || Interlocked.Read(ref _events) == 0)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the shard has {rate} bit/s where {wanted.BitsPerSecond} was set"));
    }

    /// <inheritdoc />
    public void Publish(PolicyEvent policyEvent) => Interlocked.Increment(ref _events);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _plane.Stop();
        await _system.Terminate();
        _plane.Dispose();
        _cores?.Dispose();
        _pool.Dispose();
        _umem.Dispose();
    }

    private async Task<BenchResult> Send(int[] order, long count)
    {
        BenchResult result = await _lan.Begin(_frames, order, count);
        _received += result.PacketCount;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        long start = TimeProvider.System.GetTimestamp();
        while (_wan.TransmittedCount != _received)
        {
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(1))
            {
                string drops = string.Join(", ", (await _plane.Report()).Drops.Select(static pair => $"{pair.Key} {pair.Value}"));
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{_wan.TransmittedCount} of {_received} packets came through; drops: {drops}"));
            }

            await timer.WaitForNextTickAsync();
        }

        return result;
    }

    private static Func<RxContext, Gateway.Workers.DataActor> Rx(BenchQueue queue, Side side) =>
        context => new RxActor(context.Slot, new RxSettings(side, Zone: 0, context.Hash), queue, context.Dispatch, context.Umem);
}
