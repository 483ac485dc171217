using System.Net;
using Natflow.Core;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Management.Control;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Faults;

/// <summary>A running gateway reads its configuration anew: what can change is in force at once, what cannot is named, and no connection ends.</summary>
public sealed class ReloadTests
{
    private const int ExitUsage = 2;
    private const int IdlePort = 7003;
    private const int FlowsMax = 3;

    private const string Change = """

        natflow.nat.filtering.udp = address-dependent
        natflow.nat.timeouts { udp = 150s, udp-one-way = 150s }
        natflow.nat.flows-per-user = 3
        natflow.capacity.users = 2048
        """;

    private static readonly string[] Live =
        ["natflow.nat.filtering.udp", "natflow.nat.flows-per-user", "natflow.nat.timeouts.udp", "natflow.nat.timeouts.udp-one-way"];

    [LabTheory("kill")]
    [InlineData(LabMode.AfXdp, false)]
    [InlineData(LabMode.AfXdp, true)]
    [LongInlineData(LabMode.AfPacket, false)]
    [LongInlineData(LabMode.AfPacket, true)]
    public async Task Reload_FilteringTimeoutAndLimit_AreInForceOnLivingAndNewFlows(LabMode mode, bool isBySignal)
    {
        await using TestLab lab = await TestLab.Up(mode);
        using var established = TcpPair.Connect(lab, IdlePort);
        using var a = new UdpEndpoint(lab.A, LabPlan.HostA);
        using var x = new UdpEndpoint(lab.X, LabPlan.HostX);
        using var y = new UdpEndpoint(lab.Y, LabPlan.HostY);
        IPEndPoint external = Open(a, x);
        y.Send("before"u8, external);
        Assert.Equal("before"u8, a.Receive().Datagram);
        Assert.InRange((await UdpFlowOf(lab, a, x)).ExpiresInSeconds, 200, 300);
        await File.AppendAllTextAsync(lab.ConfigPath, Change);

        if (isBySignal)
        {
            lab.Gateway.Run($"kill -HUP {lab.GatewayProcessId}");
            await Until.Holds("the log tells of it", () => lab.GatewayLog.Contains("configuration taken over", StringComparison.Ordinal));
            string line = lab.GatewayLog.Split('\n').Single(static line => line.Contains("configuration taken over", StringComparison.Ordinal));
            Assert.All(Live, key => Assert.Contains(key, line[..line.IndexOf("waiting", StringComparison.Ordinal)], StringComparison.Ordinal));
            Assert.Contains("waiting for a restart: natflow.capacity.users", line, StringComparison.Ordinal);
        }
        else
        {
            CommandOutcome outcome = Reload(lab);
            Assert.Equal(0, outcome.ExitCode);
            string[] lines = [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
            Assert.Equal([.. Live.Select(static key => $"in force           {key}"), "needs a restart    natflow.capacity.users"], lines);
        }

        // The living flow has the time of now, and its mapping the filtering of now: who is new is not let in, whose flow lives goes on.
        Assert.InRange((await UdpFlowOf(lab, a, x)).ExpiresInSeconds, 1, 150);
        await AssertFiltered(lab, a, y, external, x);
        established.AssertAlive();

        // The connection, X's and Y's flow are three already: no more begin. Another subscriber's do, with the time of now.
        CountersModel before = await lab.Counters();
        using (var more = new UdpEndpoint(lab.A, LabPlan.HostA))
        using (var b = new UdpEndpoint(lab.B, LabPlan.HostB))
        {
            more.Send("one too many"u8, new IPEndPoint(IPAddress.Parse(LabPlan.HostX), x.Port));
            _ = Open(b, x);
            Assert.InRange((await UdpFlowOf(lab, b, x)).ExpiresInSeconds, 1, 150);
        }

        await AssertCounted(lab, DropReason.FlowQuotaExceeded, before);
        Assert.True(x.IsQuiet, "the packet beyond the limit came through");
        established.AssertAlive();
    }

    [LabTheory("kill")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Reload_MistakeInTheFile_NamesFileLineAndPathAndLeavesEverythingAsItWas(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        using var established = TcpPair.Connect(lab, IdlePort);
        using var a = new UdpEndpoint(lab.A, LabPlan.HostA);
        using var x = new UdpEndpoint(lab.X, LabPlan.HostX);
        using var y = new UdpEndpoint(lab.Y, LabPlan.HostY);
        IPEndPoint external = Open(a, x);
        await File.AppendAllTextAsync(lab.ConfigPath, $"{Change}\nnatflow.nat.flows-per-user = 0\nnatflow.nat.colour = red\n");
        int lineNumber = (await File.ReadAllLinesAsync(lab.ConfigPath)).Length;

        CommandOutcome outcome = Reload(lab);

        Assert.Equal(ExitUsage, outcome.ExitCode);
        Assert.Empty(outcome.Output);
        string[] errors = outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains(errors, error => error.StartsWith($"{lab.ConfigPath}:{lineNumber}", StringComparison.Ordinal) && error.Contains("natflow.nat.colour", StringComparison.Ordinal));
        Assert.Contains(errors, error => error.StartsWith($"{lab.ConfigPath}:{lineNumber - 1}", StringComparison.Ordinal) && error.Contains("natflow.nat.flows-per-user", StringComparison.Ordinal));

        lab.Gateway.Run($"kill -HUP {lab.GatewayProcessId}");
        await Until.Holds("the log tells of each mistake once more", () =>
            errors.All(error => lab.GatewayLog.Split('\n').Count(line => line.EndsWith($"not taken over: {error}", StringComparison.Ordinal)) == 2));
        Assert.InRange((await UdpFlowOf(lab, a, x)).ExpiresInSeconds, 200, 300);
        y.Send("still open"u8, external);
        Assert.Equal("still open"u8, a.Receive().Datagram);
        for (int i = 0; i < FlowsMax; i++)
        {
            using var more = new UdpEndpoint(lab.A, LabPlan.HostA);
            _ = Open(more, x);
        }

        established.AssertAlive();
    }

    private static CommandOutcome Reload(TestLab lab) => lab.Gateway.TryRun([.. TestLab.Natflow, "reload", "--run-dir", lab.RunDirectory]);

    // Both ways, so that the flow has its longer time.
    private static IPEndPoint Open(UdpEndpoint inside, UdpEndpoint x)
    {
        inside.Send("out"u8, new IPEndPoint(IPAddress.Parse(LabPlan.HostX), x.Port));
        (byte[] datagram, IPEndPoint external) = x.Receive();
        Assert.Equal("out"u8, datagram);
        x.Send("in"u8, external);
        Assert.Equal("in"u8, inside.Receive().Datagram);
        return external;
    }

    private static async Task<FlowModel> UdpFlowOf(TestLab lab, UdpEndpoint inside, UdpEndpoint remote)
    {
        FlowsModel flows = await lab.Ask($"/v1/flows?protocol=udp&port={inside.Port}", ControlJson.Default.FlowsModel);
        return flows.Flows.Single(flow => flow.Inside.EndsWith($":{inside.Port}", StringComparison.Ordinal) && flow.Remote == $"{LabPlan.HostX}:{remote.Port}");
    }

    // What is let in comes after what is not: once it is there, the other one will not come any more.
    private static async Task AssertFiltered(TestLab lab, UdpEndpoint inside, UdpEndpoint stranger, IPEndPoint external, UdpEndpoint friend)
    {
        CountersModel before = await lab.Counters();
        using var unknown = new UdpEndpoint(lab.X, LabPlan.HostX2);
        unknown.Send("stranger"u8, external);
        await AssertCounted(lab, DropReason.Filtered, before);
        stranger.Send("let in before"u8, external);
        Assert.Equal("let in before"u8, inside.Receive().Datagram);
        friend.Send("friend"u8, external);
        Assert.Equal("friend"u8, inside.Receive().Datagram);
        Assert.True(inside.IsQuiet, "more than the friend's packet came through");
    }

    private static Task AssertCounted(TestLab lab, DropReason reason, CountersModel before) => Until.Holds($"one drop is counted as {reason}", () =>
        lab.Counters().GetAwaiter().GetResult().Drops.GetValueOrDefault(reason) == before.Drops.GetValueOrDefault(reason) + 1);
}
