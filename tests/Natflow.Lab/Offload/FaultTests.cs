using System.Net;
using System.Net.Sockets;
using Natflow.Flows.Offers;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Offload;

/// <summary>What goes wrong around offloaded flows: forwarding goes on or stops as it should, no packet goes astray, no entry stays behind.</summary>
public sealed class FaultTests
{
    private const int Datagrams = 5000;
    private const int TableFlows = 1024;
    private const int ManyFlows = 1500;
    private const string Stranger = "02:00:00:00:00:99";

    [LabFact("ethtool")]
    public async Task NoNativeXdp_GenericForwardsAndCountsExactly()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine + "natflow.ports.af-xdp.native = off\n");
        OffloadLab.Prepare(lab);
        Assert.Contains("xdpgeneric", lab.Gateway.Run($"ip link show dev {LabPlan.WanInterface}"), StringComparison.Ordinal);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        int sent = await OffloadLab.Offload(lab, a, Server, x);
        ulong before = OffloadLab.Stats(lab).OffloadedPackets;

        OffloadLab.Exchange(a, Server, x, Datagrams);

        ulong total = (ulong)(sent + Datagrams);
        await Until.Holds("the totals are what the sockets counted", () => OffloadLab.Flow(lab) is { } flow && flow.PacketsOut == total && flow.PacketsIn == total);
        Assert.InRange(OffloadLab.Stats(lab).OffloadedPackets - before, 2UL * Datagrams * 9 / 10, ulong.MaxValue);
    }

    [LabFact("ethtool")]
    public async Task NextHop_GetsAnotherMac_NothingGoesToTheOldOneAndTheFlowIsBoundAnew()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        OffloadLab.Prepare(lab);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        _ = await OffloadLab.Offload(lab, a, Server, x);

        // The kernel says that the next hop is somebody else now: what is sent from then on is for that one.
        lab.Gateway.Run($"ip neigh replace {LabPlan.Provider} lladdr {Stranger} dev {LabPlan.WanInterface} nud permanent");
        await Until.Holds("the way has changed", () => !Arrives(a, x));
        await Until.Holds("the flow is bound with the new way", () => Arrives(a, x) || OffloadLab.Flow(lab).Offload == OffloadReason.Offloaded);
        Assert.False(Arrives(a, x), "a packet went to the old next hop");

        lab.Gateway.Run($"ip neigh del {LabPlan.Provider} dev {LabPlan.WanInterface}");
        await Until.Holds("the true next hop is found", () => Arrives(a, x));
        await AssertOffloadedAgain(lab, a, x);
    }

    [LabFact("ethtool")]
    public async Task Neighbour_Lost_PacketsAreNotSentToItAndTheFlowComesBack()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        OffloadLab.Prepare(lab);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        _ = await OffloadLab.Offload(lab, a, Server, x);

        lab.Wan.Run("ip link set gw arp off"); // Answers no question any more.
        lab.Gateway.Run($"ip neigh del {LabPlan.Provider} dev {LabPlan.WanInterface}");
        await Until.Holds("nothing passes", () => !Arrives(a, x));
        await Until.Holds("and why is shown", () => OffloadLab.Flow(lab).Offload == OffloadReason.PathPending);

        lab.Wan.Run("ip link set gw arp on");
        await Until.Holds("the flow goes on", () => Arrives(a, x));
        await AssertOffloadedAgain(lab, a, x);
    }

    [LabFact("ethtool")]
    public async Task Route_Moves_OffloadedFlowFollows()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        OffloadLab.Prepare(lab);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        _ = await OffloadLab.Offload(lab, a, Server, x);

        // To a router that is not there: what still arrives took the old way.
        lab.Gateway.Run($"ip neigh replace 203.0.113.253 lladdr {Stranger} dev {LabPlan.WanInterface} nud permanent");
        lab.Gateway.Run($"ip route replace default via 203.0.113.253 dev {LabPlan.WanInterface}");
        await Until.Holds("the old way is left", () => !Arrives(a, x));
        lab.Gateway.Run($"ip route replace default via {LabPlan.Provider} dev {LabPlan.WanInterface}");
        await Until.Holds("the old way is taken again", () => Arrives(a, x));
        await AssertOffloadedAgain(lab, a, x);
    }

    [LabTheory("ethtool")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Link_Flaps_OffloadedFlowComesBack(bool isOurs)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        OffloadLab.Prepare(lab);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        _ = await OffloadLab.Offload(lab, a, Server, x);

        LabHostShell box = isOurs ? lab.Gateway : lab.Wan;
        string link = isOurs ? LabPlan.WanInterface : "gw";
        box.Run($"ip link set dev {link} down");
        await Until.Holds("nothing passes", () => !Arrives(a, x));
        box.Run($"ip link set dev {link} up");
        lab.Gateway.Run($"ip route replace default via {LabPlan.Provider} dev {LabPlan.WanInterface}");
        await Until.Holds("the flow goes on", () => Arrives(a, x));
        await AssertOffloadedAgain(lab, a, x);
    }

    [LabFact("ethtool")]
    public async Task Table_Full_EveryFlowIsForwarded_AndNoEntryStaysBehind()
    {
        string config = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"natflow.offload.flows = {TableFlows}\nnatflow.nat.blocks-per-user = 64\nnatflow.nat.timeouts {{ udp = 15s, udp-one-way = 15s }}\n");
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine + config);
        OffloadLab.Prepare(lab);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        Socket[] flows = [.. Enumerable.Range(0, ManyFlows).Select(_ => OffloadLab.Bind(lab.A, LabPlan.HostA, port: 0))];
        try
        {
            for (int round = 0; round < 3; round++)
            {
                foreach (Socket a in flows)
                    OffloadLab.Exchange(a, Server, x, 1);
            }

            await Until.Holds("the table is full", () => OffloadLab.Stats(lab) is { Refused: > 0, Entries: TableFlows * 2 } stats
                && stats.Reasons.GetValueOrDefault(OffloadReason.TableFull) + stats.Reasons.GetValueOrDefault(OffloadReason.Evicted) > 0);
        }
        finally
        {
            foreach (Socket a in flows)
                a.Dispose();
        }

        await Until.Holds("all flows have ended and no entry is left", () => OffloadLab.Stats(lab) is { Entries: 0 } && OffloadLab.Flows(lab).Count == 0, seconds: 60);
    }

    [LabFact("ethtool", "ping")]
    public async Task Rates_OfTheConfiguration_ReachTheBoundFlowOnReload()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        OffloadLab.Prepare(lab);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        _ = await OffloadLab.Offload(lab, a, Server, x);
        await Burst(lab, a, x, passed => passed == Burst1000);

        await File.AppendAllTextAsync(lab.ConfigPath, "\nnatflow.users { rate-up = 80k, burst = 100ms }\n");
        lab.Gateway.Run(string.Join(' ', [.. TestLab.Natflow, "reload", "--run-dir", lab.RunDirectory]));

        // A kilobyte at once, and ten a second.
        await Burst(lab, a, x, static passed => passed is > 0 and < Burst1000 / 10);
        Assert.Equal(OffloadReason.Offloaded, OffloadLab.Flow(lab).Offload);
    }

    private const int Burst1000 = 1000;

    private static IPEndPoint Server => new(IPAddress.Parse(LabPlan.HostX), OffloadLab.Port);

    // Under whatever rate is in force: how many of a thousand datagrams, sent as fast as they go, arrive.
    private static async Task Burst(TestLab lab, Socket a, Socket x, Func<int, bool> isExpected)
    {
        byte[] packet = new byte[100];
        await Until.Holds("as many pass as the rate says", () =>
        {
            for (int i = 0; i < Burst1000; i++)
                a.SendTo(packet, Server);
            int passed = 0;
            while (TryReceive(x, packet))
                passed++;
            return isExpected(passed) && OffloadLab.Flow(lab).Offload == OffloadReason.Offloaded;
        });
    }

    private static bool Arrives(Socket a, Socket x)
    {
        byte[] packet = new byte[OffloadLab.PacketBytes]; // As those of Exchange, for one that comes late is taken for one of them.
        while (x.Available != 0)
            x.Receive(packet);
        a.SendTo(packet, Server);
        return TryReceive(x, packet);
    }

    private static bool TryReceive(Socket socket, byte[] packet)
    {
        socket.ReceiveTimeout = 100;
        try
        {
            return socket.Receive(packet) != 0;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return false;
        }
    }

    private static async Task AssertOffloadedAgain(TestLab lab, Socket a, Socket x)
    {
        a.ReceiveTimeout = x.ReceiveTimeout = 5000;
        while (x.Available != 0)
            x.Receive(new byte[64]);
        _ = await OffloadLab.Offload(lab, a, Server, x);
        await Until.Holds("two entries, no more", () => OffloadLab.Stats(lab).Entries == 2);
    }
}
