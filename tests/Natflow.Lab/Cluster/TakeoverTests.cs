using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Cluster;
using Natflow.Lab.Topology;
using Natflow.Testing;

namespace Natflow.Lab.Cluster;

/// <summary>A gateway dies, or hangs, under connections: they live on at another, with the ports they had.</summary>
[Collection(AloneCollection.Name)]
public sealed class TakeoverTests
{
    private const int Connections = 20;
    private const int Port = 7100;

    [LabFact("etcd")]
    public async Task HA_01_OwnerKilled_ConnectionsGoOnWithTheirPorts() => await Survives(static (lab, owner) => lab.KillNode(owner));

    [LabFact("etcd")]
    public async Task HA_01_OwnerStopped_ConnectionsGoOnWithTheirPorts() => await Survives(static (lab, owner) => lab.PauseNode(owner), "natflow.cluster.virtual-mac = on\n");

    // Whatever is sent comes back as it was; a reset at either end fails the test.
    private static async Task Survives(Action<ClusterLab, int> fail, string config = "")
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"t{Environment.ProcessId}c{Environment.CurrentManagedThreadId}");
        var lab = new ClusterLab(new ClusterLabOptions(name, 2) { HasServers = false, ExtraConfig = config }, TimeProvider.System);
        try
        {
            await lab.Up(CancellationToken.None);
            Assert.Equal((2, "up"), (ClusterLab.FindNodes(name), lab.Status().State));
            Assert.Contains(lab.Status().Hosts, static host => host is { Host: "g2", Processes.Count: 1 } && host.Addresses[0] == ClusterLabPlan.Inside(2));
            await Until.Holds("a shard 0 with an owner and a copy", () => OwnerOf(lab) != 0);
            (Socket Inside, Socket Outside)[] pairs = Connect(lab);
            EndPoint?[] seen = [.. pairs.Select(static pair => pair.Outside.RemoteEndPoint)];
            Exchange(pairs, seed: 1);
            await Until.Holds("copies of all flows", () => lab.Nodes.All(node => File.Exists(lab.LogPath(node))));
            using (var age = new PeriodicTimer(TimeSpan.FromMilliseconds(2500)))
                Assert.True(await age.WaitForNextTickAsync()); // Older than flow-age: younger flows are not told.

            fail(lab, OwnerOf(lab));

            Exchange(pairs, seed: 2);
            Assert.Equal(seen, pairs.Select(static pair => pair.Outside.RemoteEndPoint));
            Assert.All(pairs, static pair => Assert.True(pair.Inside.Connected && pair.Outside.Connected));
            foreach ((Socket inside, Socket outside) in pairs)
            {
                inside.Dispose();
                outside.Dispose();
            }
        }
        finally
        {
            lab.Down();
        }
    }

    private static int OwnerOf(ClusterLab lab) => lab.Nodes.FirstOrDefault(node => File.Exists(lab.LogPath(node)) && File.ReadAllText(lab.LogPath(node)).Contains("shard 0 is this node's", StringComparison.Ordinal));

    private static (Socket Inside, Socket Outside)[] Connect(ClusterLab lab)
    {
        using Socket listener = new LabHostShell(lab.Names.X).Invoke(static () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(LabPlan.HostX), Port));
            socket.Listen(Connections);
            return socket;
        });
        var pairs = new (Socket, Socket)[Connections];
        for (int i = 0; i < Connections; i++)
        {
            string host = i % 2 == 0 ? lab.Names.A : lab.Names.B;
            Socket inside = new LabHostShell(host).Invoke(static () =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                socket.Connect(IPAddress.Parse(LabPlan.HostX), Port);
                return socket;
            });
            pairs[i] = (inside, listener.Accept());
        }

        return pairs;
    }

    private static void Exchange((Socket Inside, Socket Outside)[] pairs, int seed)
    {
        var prng = new Prng(seed);
        foreach ((Socket inside, Socket outside) in pairs)
        {
            Transfer(inside, outside, prng);
            Transfer(outside, inside, prng);
        }
    }

    private static void Transfer(Socket from, Socket to, Prng prng)
    {
        byte[] sent = new byte[20_000];
        prng.NextBytes(sent);
        to.ReceiveTimeout = 30_000;
        Assert.Equal(sent.Length, from.Send(sent));
        byte[] heard = new byte[sent.Length];
        int count = 0;
        while (count < heard.Length && to.Receive(heard.AsSpan(count)) is > 0 and int received)
            count += received;
        Assert.Equal(sent, heard);
    }
}
