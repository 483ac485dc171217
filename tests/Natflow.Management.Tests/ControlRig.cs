using System.Net.Sockets;
using Natflow.Actors;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Gateway;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Queues;
using Natflow.Gateway.Rx;
using Natflow.Gateway.Users;
using Natflow.Management.Control;
using Natflow.Management.Devices;
using Natflow.Memory;
using Natflow.Policy.Sets;
using Natflow.Ports.InMemory;
using Natflow.Testing.Flows;

namespace Natflow.Management.Tests;

/// <summary>A control server on a socket of its own, in front of a gateway between memory ports.</summary>
internal sealed class ControlRig : IAsyncDisposable
{
    private const int ChunkCount = 256;
    private const int UserCapacity = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _directory = Directory.CreateTempSubdirectory("natflow-control-").FullName;
    private readonly Umem _umem = new(ChunkCount, 2048);
    private readonly ChunkPool _pool;
    private readonly ActorSystem _system = ActorSystem.Create("control", new ActorSystemSettings { LogDeadLetters = 0 });
    private readonly DataPlane _plane;
    private ControlServer? _server;
    private DeviceSockets? _devices;
    private UserControl? _users;
    private DpiDevice? _dpi;

    private ControlRig()
    {
        _pool = new ChunkPool(_umem, 0, ChunkCount);
        Lan = new MemoryPort("lan", 0, _umem, _pool);
        var wan = new MemoryPort("wan", 1, _umem, _pool);
        var settings = new NatSettings { PublicAddresses = [ShardRig.E1], FlowCapacity = 1024, UserCapacity = UserCapacity, FragmentCapacity = 16, Seed = 3 };
        var plan = new WorkerPlan(
            _pool,
            [
                context => new RxActor(context.Slot, new RxSettings(Side.Lan, Zone: 0, context.Hash), Lan, context.Dispatch, context.Umem),
                context => new RxActor(context.Slot, new RxSettings(Side.Wan, Zone: 0, context.Hash), wan, context.Dispatch, context.Umem),
            ],
            [Lan, wan]);
        _plane = new DataPlane(_system, settings, [plan], _umem, TimeProvider.System);
        Http = new HttpClient(new SocketsHttpHandler { ConnectCallback = Connect }) { BaseAddress = new Uri("http://natflow"), Timeout = TimeSpan.FromSeconds(20) };
    }

    internal MemoryPort Lan { get; }

    internal HttpClient Http { get; }

    /// <summary>The run directory.</summary>
    internal string RunDirectory => _directory;

    internal string SocketPath => Path.Combine(_directory, "natflow.sock");

    /// <summary>Address of the subscriber whose flows there are.</summary>
    internal string User { get; } = Ipv4Prefix.ToText(ShardRig.A);

    /// <summary>Events for readers.</summary>
    internal EventQueues Queues { get; } = new();

    /// <summary>What the server speaks for.</summary>
    internal ControlTarget Target { get; private set; } = null!;

    /// <summary>What the gateway says of itself.</summary>
    internal GatewayStatus Status { get; set; } = null!;

    /// <summary>What a reload says.</summary>
    internal ReloadResult Reload { get; set; } = new(IsValid: true, [], [], []);

    /// <summary>How often it was asked for.</summary>
    internal int ReloadCount { get; private set; }

    /// <summary>Starts one whose subscriber has opened some flows.</summary>
    internal static async Task<ControlRig> Start(int flowCount = 0, bool hasUsers = false)
    {
        var rig = new ControlRig();
        for (ushort i = 0; i < flowCount; i++)
            rig.Lan.Feed(Frames.Udp((ShardRig.A, (ushort)(5000 + i)), (ShardRig.X1, 53)));
        UserControl? users = hasUsers ? rig.PrepareUsers() : null;
        rig._plane.Start();
        rig.Target = new ControlTarget(rig._plane, () => rig.Status, rig.CountReload, users);
        rig.Status = new GatewayStatus("1.2.3", 42, DateTimeOffset.UnixEpoch, "running", "/etc/natflow.conf", 1, 1, ["203.0.113.1"], [], []);
        rig._server = await ControlServer.Start(rig.SocketPath, rig.Target);
        rig._users = users;
        if (users is not null)
            rig._devices = DeviceSockets.Start(rig._directory, users, rig.Queues, rig._system.Log);
        return rig;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_devices is not null)
            await _devices.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        await _plane.Stop();
        await _system.Terminate();
        _dpi?.Dispose();
        _plane.Dispose();
        _pool.Dispose();
        _umem.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Opens a device's socket.</summary>
    internal async Task<Socket> Open(string device)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_directory, device)));
        return socket;
    }

    /// <summary>Exactly so many bytes.</summary>
    internal static async Task<byte[]> Receive(Socket socket, int count)
    {
        byte[] bytes = new byte[count];
        using var patience = new CancellationTokenSource(Patience);
        for (int done = 0; done < count;)
        {
            int received = await socket.ReceiveAsync(bytes.AsMemory(done), patience.Token);
            Assert.True(received > 0, $"the other side ended after {done} of {count} bytes");
            done += received;
        }

        return bytes;
    }

    /// <summary>All that comes.</summary>
    internal static async Task<string> ReadToEnd(Socket socket)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var reader = new StreamReader(new NetworkStream(socket));
        return await reader.ReadToEndAsync(patience.Token);
    }

    /// <summary>Waits for what another thread does.</summary>
    internal async Task Until(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Waits until the user actor knows the subscriber.</summary>
    internal async Task<UserView> UserIsSeen()
    {
        Assert.True(Policy.IpAddress.TryParse(User, out Policy.IpAddress address));
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            if ((await _users!.Page(new UserPageRequest(address, 0, 1))).Users is [var user])
                return user;
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    /// <summary>From now on subscribers have to log in.</summary>
    internal async Task RequireLogin()
    {
        ControlLinesAnswer answer = await _users!.Write(ControlDevice.User, ["disabled=0", "auth id=1,szone=0,type=web,sipgrp=all,ipwhite=,macwhite="], isWhole: true);
        Assert.True(answer.IsTaken, string.Join(';', answer.Refused));
        using var patience = new CancellationTokenSource(Patience);
        while ((await UserIsSeen()).Auth.Status != Policy.Auth.AuthStatus.Required)
            patience.Token.ThrowIfCancellationRequested();
    }

    private UserControl PrepareUsers()
    {
        UserPort[] ports = [new UserPort("lan0", 0), new UserPort("wan0", 0)];
        var all = new NamedSetBuilder();
        Assert.True(all.TryAdd("0.0.0.0/1", out _) && all.TryAdd("128.0.0.0/1", out _));
        PolicyModels models = PolicyModels.Default with { Sets = new SetCatalog([all.Build("all")]) };
        var tables = new PolicyTables(models, ports);
        IActorRef users = _system.ActorOf(Props.Create(() => new UsersActor(UserCapacity, tables, new PolicyEventSinks([]), TimeProvider.System, new List<KnownUser>(), Queues.UserInfo)), "users");
        IActorRef policy = _system.ActorOf(Props.Create(() => new PolicyActor(models, ports, users, _plane.Policies, "1.2.3", static name => name == "lan0")), "policy");
        _plane.Prepare(tables, users);
        users.Tell(new UsersReady(_plane), ActorRefs.NoSender);
        policy.Tell(new UsersReady(_plane), ActorRefs.NoSender);
        var dpi = new DpiDevice(_plane, new InspectionSwitch(IsOn: false, LogsVisits: false, ReportsApps: false), Queues.Dpi, [], "1.2.3");
        _dpi = dpi;
        return new UserControl(_plane, users, policy) { Dpi = dpi };
    }

    private Task<ReloadResult> CountReload()
    {
        ReloadCount++;
        return Task.FromResult(Reload);
    }

    private async ValueTask<Stream> Connect(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellation);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
