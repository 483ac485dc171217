using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Natflow.Flows.Offers;
using Natflow.Flows.Users;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Management.Control;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;
using Natflow.Testing.Bpf;
using Xunit.Abstractions;

namespace Natflow.Lab.Offload;

/// <summary>The soft PPE outlives its gateway, and the next one takes it over.</summary>
[Collection(AloneCollection.Name)]
public sealed class AdoptionTests(ITestOutputHelper output)
{
    private const int FlowsMax = 4096;
    private const int Users = 1024; // Of hocon/lab.conf.
    private const int PacketsWhileGone = 1000;
    private const int IdlePort = 7005;
    private const int RingSize = 4096; // A gateway that has just started compiles its code at the first packets, and a build beside it makes that long.

    [LabTheory("ethtool", "mount", "kill")]
    [InlineData("-KILL")]
    [InlineData("-TERM")]
    public async Task Restart_RunningStream_LosesNothingAndKeepsItsPort(string signal)
    {
        using var bpf = new BpfFolder();
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, Config(bpf), hasGateway: false);
        OffloadLab.Prepare(lab);
        using Process first = await lab.StartGateway();
        using var idle = TcpPair.Connect(lab, IdlePort);
        idle.AssertAlive();
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        var server = new IPEndPoint(IPAddress.Parse(LabPlan.HostX), OffloadLab.Port);
        int opened = await OffloadLab.Offload(lab, a, server, x);
        await Until.Holds("the idle connection is offloaded", () => OffloadLab.AreOffloaded(lab, IdlePort));
        string external = OffloadLab.Flow(lab).External;
        using var stream = new NumberStream(a, server, x, IPEndPoint.Parse(external));
        await Until.Holds("the stream runs", () => stream.SentOut > PacketsWhileGone);

        lab.Gateway.Run($"kill {signal} {lab.GatewayProcessId}");
        await Until.Holds("the gateway is gone", () => lab.GatewayProcessId is null);
        long goneAt = stream.SentOut;
        await Until.Holds("the stream runs without a gateway", () => stream.SentOut > goneAt + PacketsWhileGone);
        using Process second = await lab.StartGateway();
        await Until.Holds("the flow is bound anew", () => OffloadLab.AreOffloaded(lab) && OffloadLab.Stats(lab).Bound > 0);
        long boundAt = stream.SentOut;
        await Until.Holds("the stream runs on", () => stream.SentOut > boundAt + PacketsWhileGone);
        ((long Sent, long Lost) outward, (long Sent, long Lost) inward) = await stream.Stop();

        output.WriteLine(
            $"{signal}: out {outward.Lost} of {outward.Sent} lost ({stream.Lost(0)}), in {inward.Lost} of {inward.Sent} ({stream.Lost(1)}); gone at {goneAt}, bound at {boundAt}");
        CountersModel counters = await lab.Counters();
        (long wan, long lan) = (LinkDrops(lab, "wan0"), LinkDrops(lab, "lan0"));
        output.WriteLine($"drops {string.Join(", ", counters.Drops.Where(static drop => drop.Value != 0))}, lost on receipt {counters.ReceiveLost}, by links {wan} and {lan}");
        Assert.InRange(outward.Lost, 0, wan);
        Assert.InRange(inward.Lost, 0, lan);
        Assert.Equal(external, Assert.Single(stream.Sources).ToString());
        Assert.Contains("of its flows taken over", lab.GatewayLog, StringComparison.Ordinal);
        idle.AssertAlive();
        OffloadModel stats = OffloadLab.Stats(lab);
        Assert.Equal(2UL, stats.Adopted);
        ulong total = (ulong)(opened + outward.Sent);
        if (signal == "-TERM")
            await Until.Holds("no packet is counted twice or not at all", () => OffloadLab.Flow(lab).PacketsOut == total);
        else
            await Until.Holds("what the PPE forwarded is counted", () => OffloadLab.Flow(lab).PacketsOut is var counted && counted <= total && counted > total - (ulong)opened - 8);
    }

    [LabFact("ethtool", "mount", "kill")]
    public async Task Kill_AndNoRestart_EntriesEndWithTheWindow()
    {
        using var bpf = new BpfFolder();
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, Config(bpf) + "natflow.gateway.restart-window = 3s\n");
        OffloadLab.Prepare(lab);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        var server = new IPEndPoint(IPAddress.Parse(LabPlan.HostX), OffloadLab.Port);
        _ = await OffloadLab.Offload(lab, a, server, x);

        lab.Gateway.Run($"kill -KILL {lab.GatewayProcessId}");

        byte[] packet = new byte[64];
        x.ReceiveTimeout = 20;
        await Until.Holds("nothing is forwarded any more", () =>
        {
            a.SendTo(packet, server);
            try
            {
                return x.Receive(packet) < 0;
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                return true;
            }
        });
        lab.A.Run($"ping -c 1 -W 2 {LabPlan.GatewayInside}"); // The box itself is there.
    }

    [LabFact("ethtool", "mount")]
    public async Task Table_ClearedBySomebodyElse_IsFilledAgainAndNothingIsLost()
    {
        using var bpf = new BpfFolder();
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, Config(bpf));
        OffloadLab.Prepare(lab);
        using Socket a = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket x = OffloadLab.Bind(lab.X, LabPlan.HostX);
        var server = new IPEndPoint(IPAddress.Parse(LabPlan.HostX), OffloadLab.Port);
        _ = await OffloadLab.Offload(lab, a, server, x);
        using var stream = new NumberStream(a, server, x, IPEndPoint.Parse(OffloadLab.Flow(lab).External));
        await Until.Holds("the stream runs", () => stream.SentOut > 100);

        Clear(bpf);

        await Until.Holds("the gateway has noticed", () => OffloadLab.Stats(lab).Lost == 1);
        await Until.Holds("the flow is bound again", () => OffloadLab.AreOffloaded(lab));
        ((long Sent, long Lost) outward, (long Sent, long Lost) inward) = await stream.Stop();
        Assert.Equal((0, 0), (outward.Lost, inward.Lost));
        await Until.Holds("two entries are there", () => OffloadLab.Stats(lab).Entries == 2);
        Assert.Equal(OffloadReason.Offloaded, OffloadLab.Flow(lab).Offload);
    }

    private static string Config(BpfFolder bpf) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{OffloadLab.Engine}natflow.ports.af-xdp.ring-size = {RingSize}\nnatflow.offload {{ flows = {FlowsMax}, pin-directory = \"{bpf.Folder}\" }}\n");

    // A veth has room for 256 frames, and drops what a gateway that was held up brings at once while the kernel's own threads wait for a core.
    private static long LinkDrops(TestLab lab, string link) => long.Parse(
        lab.Gateway.Run($"cat /sys/class/net/{link}/statistics/tx_dropped"), System.Globalization.CultureInfo.InvariantCulture);

    // With the sizes of the gateway's table, which is left as it is otherwise.
    private static void Clear(BpfFolder bpf)
    {
        using XdpPpe other = XdpPpe.Open(
            new XdpPpeSettings { EntriesIpv4Max = FlowsMax * 2, EntriesIpv6Max = FlowsMax / 2, PoliciesMax = PolicyTable.UserBase + Users, PinFolder = bpf.Folder }, TimeProvider.System);
        Assert.True(other.IsAdopted);
        Assert.Equal(2, other.CountEntries);
        for (FoeHandle handle = other.NextHandle(FoeHandle.None); handle.IsSome; handle = other.NextHandle(handle))
            other.Unbind([handle]);
    }
}
