using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Cluster;
using Natflow.Lab.Topology;
using Natflow.Management.Api.Models;
using Natflow.Packets.Link;

namespace Natflow.Lab.Cluster;

/// <summary>A lab of several gateways under probes, with somebody who sees which gateway forwards what.</summary>
internal sealed class ClusterRig : IAsyncDisposable
{
    private static int _lastNumber;
    private readonly Dictionary<int, ClusterLabControl> _controls;

    private ClusterRig(ClusterLab lab)
    {
        Lab = lab;
        _controls = lab.Nodes.ToDictionary(static node => node, node => new ClusterLabControl(lab.RunDirectoryOf(node)));
    }

    /// <summary>The lab.</summary>
    internal ClusterLab Lab { get; }

    /// <summary>What is sent.</summary>
    internal ProbeFrames Probes { get; private set; } = null!;

    /// <summary>What is forwarded.</summary>
    internal ForwardedFrames Frames { get; private set; } = null!;

    /// <summary>Builds one and waits until it stands.</summary>
    internal static async Task<ClusterRig> Up(int nodes, Func<ClusterLabOptions, ClusterLabOptions>? change = null)
    {
        Sweep();
        string name = string.Create(CultureInfo.InvariantCulture, $"k{Environment.ProcessId}n{Interlocked.Increment(ref _lastNumber)}");
        var options = new ClusterLabOptions(name, nodes) { HasServers = false };
        var rig = new ClusterRig(new ClusterLab(change?.Invoke(options) ?? options, TimeProvider.System));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => rig.Lab.Down();
        try
        {
            await rig.Lab.Up(CancellationToken.None);
            await rig.Stands();
            rig.Frames = new ForwardedFrames(rig.Lab);
            rig.Probes = new ProbeFrames(rig.Lab);
            await rig.Forwards();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>The cluster as a gateway sees it; null while it does not answer.</summary>
    internal Task<ClusterMapModel?> Map(int node) => _controls[node].Map(CancellationToken.None);

    /// <summary>Asks a gateway's API.</summary>
    internal ClusterLabControl Control(int node) => _controls[node];

    /// <summary>Waits until all gateways take part, and each shard has an owner and a whole copy elsewhere.</summary>
    internal Task Stands() => Until("a whole copy of each shard", static maps => Array.TrueForAll(maps, map => map is not null && map.Nodes.Count == maps.Length && IsWhole(map)));

    /// <summary>Waits until something of each subscriber is forwarded.</summary>
    internal async Task Forwards()
    {
        long start = TimeProvider.System.GetTimestamp();
        await Topology.Until.Holds("forwarding of every subscriber", () => Frames.SubscribersSince(start) == ProbeFrames.Subscribers);
    }

    /// <summary>A veth takes what XDP redirects to its peer only when it has NAPI.</summary>
    internal void LetPeersPoll()
    {
        foreach (int node in Lab.Nodes)
        {
            new LabHostShell(Lab.Names.Lan).Run($"ethtool -K {ClusterLabPlan.Node(node)} gro on");
            new LabHostShell(Lab.Names.Wan).Run($"ethtool -K {ClusterLabPlan.Node(node)} gro on");
        }
    }

    /// <summary>Waits until the gateways see the cluster so.</summary>
    internal async Task Until(string what, Func<ClusterMapModel?[], bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (int turn = 0; turn < 600; turn++)
        {
            ClusterMapModel?[] maps = await Task.WhenAll(_controls.Values.Select(static control => control.Map(CancellationToken.None)));
            if (condition(maps))
                return;
            await timer.WaitForNextTickAsync();
        }

        Assert.Fail($"not in time: {what}");
    }

    /// <summary>The gateway that owns shard 0.</summary>
    internal async Task<int> Owner()
    {
        ClusterMapModel map = (await Map(Lab.Nodes.First()))!;
        return Lab.Nodes.First(node => ClusterLabPlan.Node(node) == map.Shards[0].Owner);
    }

    /// <summary>Lets a fault last.</summary>
    internal static async Task Wait(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        _ = await timer.WaitForNextTickAsync();
    }

    /// <summary>A host that asks for the gateway's address is answered by one gateway alone.</summary>
    internal void IsAnsweredBy(int node)
    {
        ulong mac = MacAddress.Read(Convert.FromHexString(new LabHostShell(Lab.Gateway(node)).Run($"cat /sys/class/net/{LabPlan.LanInterface}/address").Trim().Replace(":", string.Empty, StringComparison.Ordinal)));
        var host = new LabHostShell(Lab.Names.A);
        byte[] address = IPAddress.Parse(LabPlan.GatewayInside).GetAddressBytes();
        using Socket capture = host.Invoke(static () => new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)0x0608)); // ARP, network byte order.
        host.Run("ip neigh flush dev eth0");
        _ = host.TryRun($"ping -c 1 -W 0.3 {LabPlan.GatewayInside}"); // It is nobody's: nobody answers the ping itself.
        var answers = new HashSet<ulong>();
        byte[] frame = new byte[64];
        while (capture.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead))
        {
            bool isReply = capture.Receive(frame) >= 42 && frame[21] == 2 && frame.AsSpan(28, 4).SequenceEqual(address);
            if (isReply)
                answers.Add(MacAddress.Read(frame.AsSpan(22)));
        }

        Assert.Equal([mac], answers);
    }

    /// <summary>Runs a command in a gateway's namespace.</summary>
    internal void Run(int node, string command) => new LabHostShell(Lab.Gateway(node)).Run(command);

    /// <inheritdoc />
    public ValueTask DisposeAsync()
    {
        Probes?.Dispose();
        Frames?.Dispose();
        foreach (ClusterLabControl control in _controls.Values)
            control.Dispose();
        Lab.Down();
        return ValueTask.CompletedTask;
    }

    // What a killed test process left: labs of processes that are gone.
    private static void Sweep()
    {
        if (!Directory.Exists("/run/netns"))
            return;
        foreach (string lab in Directory.EnumerateFiles("/run/netns", "nf-k*n*-ctl").Select(static path => Path.GetFileName(path).Split('-')[1]).ToArray())
        {
            string owner = lab[1..lab.IndexOf('n', StringComparison.Ordinal)];
            if (int.TryParse(owner, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && !Directory.Exists($"/proc/{id}"))
                new ClusterLab(new ClusterLabOptions(lab, 2), TimeProvider.System).Down();
        }
    }

    private static bool IsWhole(ClusterMapModel map) => map.Nodes.All(static node => node is { State: "up", Owned: > 0 })
        && map.Shards.All(static shard => shard.Owner is { } owner && shard.Copy is { } copy && shard.Standby == copy && copy != owner);
}
