using System.Net;
using Natflow.Actors;
using Natflow.Cli.Bench.Pipeline;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Gateway;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Users;
using Natflow.Management.Api;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Natflow.Memory;

namespace Natflow.Cli.Bench.Api;

/// <summary>A data plane of one worker with a flow for each of many subscribers, and the API before it on a loopback port.</summary>
internal sealed class ApiBenchRig : IAsyncDisposable, IConfigurationStore
{
    private const int ChunkCount = 2048;
    private const int ChunkBytes = 2048;
    private const int SpareUsers = 1024;
    private const int BlockPorts = 64;
    private const int BlocksPerAddress = 1000;
    private const uint FirstUser = 0x0A00_0001;
    private const uint FirstPublic = 0xC612_0000; // 198.18.0.0/15 is for benchmarks (RFC 2544).

    private readonly int _userCount;
    private readonly BenchFrames _frames;
    private readonly ActorSystem _system = ActorSystem.Create("bench-api", BenchSystem.Settings);
    private readonly Umem _umem = new(ChunkCount, ChunkBytes);
    private readonly ChunkPool _pool;
    private readonly BenchQueue _lan;
    private readonly BenchQueue _wan;
    private readonly CoreReservation? _cores = CoreReservation.TryMake([0]);
    private readonly DataPlane _plane;
    private ManagementApi? _api;
    private ApiServer? _server;

    private ApiBenchRig(int userCount)
    {
        _userCount = userCount;
        _frames = new BenchFrames(userCount, FrameMix.Small);
        for (int user = 0; user < userCount; user++)
            _frames.Set(user, FirstUser + (uint)user, 0xC633_6401, 20_000, 443);
        _pool = new ChunkPool(_umem, 0, ChunkCount);
        _lan = new BenchQueue(_umem, _pool);
        _wan = new BenchQueue(_umem, _pool);
        var settings = new NatSettings
        {
            PublicAddresses = [.. Enumerable.Range(0, (userCount / BlocksPerAddress) + 1).Select(static index => FirstPublic + (uint)index)],
            LanPrefixes = [FlowPlan.LanPrefix],
            PortBlockSize = BlockPorts,
            FlowCapacity = userCount + SpareUsers,
            UserCapacity = userCount + SpareUsers,
            Seed = 42,
        };
        var plan = new WorkerPlan(_pool, [Rx(_lan, Side.Lan), Rx(_wan, Side.Wan)], [_lan, _wan], Environment.ProcessorCount > 1 ? 0 : null);
        _plane = new DataPlane(_system, settings, [plan], _umem, TimeProvider.System);
    }

    /// <summary>Frames that have gone through the pipeline.</summary>
    internal long ForwardedCount => _wan.TransmittedCount;

    /// <summary>The gateway as a control socket speaks for it.</summary>
    internal ControlTarget Control { get; private set; } = null!;

    /// <summary>Its API.</summary>
    internal ManagementApi Api => _api!;

    /// <summary>Where the API is.</summary>
    internal Uri Root { get; private set; } = null!;

    /// <summary>Opens a flow for each subscriber, then the port.</summary>
    internal static async Task<ApiBenchRig> Start(int userCount)
    {
        var rig = new ApiBenchRig(userCount);
        rig._plane.TryPopulate();
        UserControl users = rig.PrepareUsers();
        rig._plane.Start();
        await rig._lan.Begin(rig._frames, PipelineRig.Shuffled(userCount, seed: 7), userCount);
        while ((await users.Page(new UserPageRequest(null, 0, 1))).TotalCount < userCount)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        var status = new GatewayStatus("0", Environment.ProcessId, TimeProvider.System.GetUtcNow(), "running", string.Empty, 1, 1, [], [], []);
        rig.Control = new ControlTarget(rig._plane, () => status, static () => Task.FromResult(new ReloadResult(IsValid: true, [], [], [])), users);
        rig._api = new ManagementApi(new ApiTarget(rig.Control, rig, static _ => { }, static _ => { }, TimeProvider.System));
        rig._server = await ApiServer.Start(Settings(), rig._api);
        rig.Root = new Uri($"http://127.0.0.1:{rig._server.Port}");
        return rig;
    }

    /// <summary>Sends frames of all subscribers, as fast as the worker takes them, until the end.</summary>
    internal void Forward() => _ = _lan.Begin(_frames, PipelineRig.Shuffled(_userCount, seed: 8), long.MaxValue);

    /// <inheritdoc />
    public string ReadText() => string.Empty;

    /// <inheritdoc />
    public IReadOnlyList<SettingModel> Values() => [];

    /// <inheritdoc />
    public IReadOnlyList<SetModel> Sets() => [];

    /// <inheritdoc />
    public IReadOnlyList<PortForwardModel> PortForwards() => [];

    /// <inheritdoc />
    public IReadOnlyList<string> Validate(string text) => [];

    /// <inheritdoc />
    public Task<ReloadResult> Apply(string text) => Task.FromResult(new ReloadResult(IsValid: true, [], [], []));

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (_api is not null)
            await _api.DisposeAsync();
        await _plane.Stop();
        await _system.Terminate();
        _plane.Dispose();
        _cores?.Dispose();
        _pool.Dispose();
        _umem.Dispose();
    }

    private UserControl PrepareUsers()
    {
        UserPort[] ports = [new UserPort("lan", 0), new UserPort("wan", 0)];
        var tables = new PolicyTables(PolicyModels.Default, ports);
        IActorRef users = _system.ActorOf(Props.Create(() => new UsersActor(_userCount + SpareUsers, tables, new PolicyEventSinks([]), TimeProvider.System)), "users");
        IActorRef policy = _system.ActorOf(Props.Create(() => new PolicyActor(PolicyModels.Default, ports, users, _plane.Policies, "0", static _ => true)), "policy");
        _plane.Prepare(tables, users);
        users.Tell(new UsersReady(_plane), ActorRefs.NoSender);
        policy.Tell(new UsersReady(_plane), ActorRefs.NoSender);
        return new UserControl(_plane, users, policy);
    }

    private static ApiSettings Settings() => new()
    {
        IsEnabled = true,
        Address = IPAddress.Loopback,
        Port = 0,
        IsTlsWanted = false,
        LoopbackRole = ApiRole.Viewer,
        TokensPath = string.Empty,
        CertificatePath = string.Empty,
        KeyPath = string.Empty,
        RequestsPerSecond = 100_000,
        StateDirectory = "/",
    };

    private static Func<RxContext, Gateway.Workers.DataActor> Rx(BenchQueue queue, Side side) =>
        context => new RxActor(context.Slot, new RxSettings(side, Zone: 0, context.Hash), queue, context.Dispatch, context.Umem);
}
