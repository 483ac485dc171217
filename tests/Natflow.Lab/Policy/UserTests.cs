using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Host.Lab;
using Natflow.Lab.Offload;
using Natflow.Lab.Topology;
using Xunit.Abstractions;

namespace Natflow.Lab.Policy;

/// <summary>What an operator says of a user holds for its running traffic at once, offloaded or not.</summary>
[Collection(AloneCollection.Name)]
public sealed class UserTests(ITestOutputHelper output)
{
    private const string Device = "natflow_userinfo_ctl";
    private const int SilenceMs = 300;
    private const int Rounds = 20;

    [LabTheory("tcpdump", "ethtool")]
    [InlineData("xdp", "kick")]
    [InlineData("none", "kick")]
    [InlineData("xdp", "block")]
    [InlineData("none", "block")]
    public async Task Command_CutsARunningStream(string engine, string command)
    {
        string file = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"nf-{Environment.ProcessId}-{engine}-{command}.pcap"));
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, $"natflow.offload.engine = {engine}\n");
        try
        {
            OffloadLab.Prepare(lab);
            using Socket inside = OffloadLab.Bind(lab.A, LabPlan.HostA);
            using Socket outside = OffloadLab.Bind(lab.X, LabPlan.HostX);
            var server = new IPEndPoint(IPAddress.Parse(LabPlan.HostX), OffloadLab.Port);
            if (engine == "xdp")
                await OffloadLab.Offload(lab, inside, server, outside);
            inside.SendTo(new byte[] { 1 }, server);
            EndPoint seen = new IPEndPoint(IPAddress.Any, 0);
            byte[] packet = new byte[100];
            outside.ReceiveFrom(packet, ref seen);

            using Process capture = await PolicyLab.Capture(lab.A, file, $"udp and dst port {OffloadLab.Port}");
            using var end = new CancellationTokenSource();
            Task sending = Task.Run(() => Send(outside, seen, end.Token));
            await Until.Holds("the stream runs", () => new FileInfo(file).Length > 10_000);
            DateTimeOffset before = TimeProvider.System.GetUtcNow();
            PolicyLab.Write(lab, Device, command == "kick" ? $"kick {LabPlan.HostA}" : $"set-status {LabPlan.HostA} 6");
            long start = TimeProvider.System.GetTimestamp();
            await Until.Holds("some time has gone", () => TimeProvider.System.GetElapsedTime(start).TotalMilliseconds > SilenceMs);
            DateTimeOffset after = TimeProvider.System.GetUtcNow();
            await end.CancelAsync();
            await sending;
            DateTimeOffset last = PolicyLab.Times(lab.A, file)[^1];
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{engine} {command}: the last packet came {(last - before).TotalMilliseconds:F2} ms after the command was written"));
            Assert.True(after - last > TimeSpan.FromMilliseconds(SilenceMs / 2), $"packets came until {last - before} after the command");
        }
        finally
        {
            File.Delete(file);
        }
    }

    [LabFact("ethtool")]
    public async Task Command_IsInForceWhenItIsAnswered()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, "natflow.offload.engine = none\n");
        using Socket inside = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket outside = OffloadLab.Bind(lab.X, LabPlan.HostX);
        var server = new IPEndPoint(IPAddress.Parse(LabPlan.HostX), OffloadLab.Port);
        await Until.Holds("the shard knows the user", () => IsPassed(inside, outside, server, patienceMs: 100));
        await Until.Holds("the user actor knows it", () => PolicyLab.Write(lab, Device, $"set-status {LabPlan.HostA} 0").Length == 0);
        for (int round = 0; round < Rounds; round++)
        {
            Assert.Empty(PolicyLab.Write(lab, Device, $"set-status {LabPlan.HostA} 6"));
            Assert.False(IsPassed(inside, outside, server, patienceMs: 50), $"a datagram passed after the block of round {round} was answered");
            Assert.Empty(PolicyLab.Write(lab, Device, $"set-status {LabPlan.HostA} 0"));
            Assert.True(IsPassed(inside, outside, server, patienceMs: 5000), $"the first datagram after round {round} had let the user in was lost");
        }
    }

    [LabFact("curl", "ethtool")]
    public async Task Block_StopsARunningDownload_AndAllowLetsTheUserBeginAnew()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        OffloadLab.Prepare(lab);
        string file = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"nf-{Environment.ProcessId}-block.out"));
        try
        {
            using Process download = lab.A.Start(["curl", "-sS", "--max-time", "50", "--limit-rate", "4M", "-o", file, $"http://{LabPlan.HostX}/bytes/{32 << 20}"]);
            await Until.Holds("the download is offloaded", () => OffloadLab.AreOffloaded(lab, 80) && File.Exists(file) && new FileInfo(file).Length > 0);
            PolicyLab.Write(lab, Device, $"set-status {LabPlan.HostA} 6");
            (long Length, int Times) seen = default;
            await Until.Holds("nothing more comes for a second", () => IsStill(file, ref seen));
            Assert.False(download.HasExited);
            Assert.InRange(new FileInfo(file).Length, 1, (32 << 20) - 1);
            PolicyLab.Write(lab, Device, $"set-status {LabPlan.HostA} 1");
            lab.A.Run($"curl -sS --max-time 10 -o /dev/null http://{LabPlan.HostX}/"); // What a block has ended stays so.
            download.Kill();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [LabFact("iperf3", "ethtool")]
    public async Task OwnRate_OfAUser_HoldsForARunningDownload()
    {
        const double limit = 8e6;
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        OffloadLab.Prepare(lab);
        lab.X.Run("iperf3 -s -D -1 -p 5400");
        using Process download = lab.A.Start(["iperf3", "-c", LabPlan.HostX, "-p", "5400", "-R", "-t", "8", "-O", "4", "-f", "k"]);
        await Until.Holds("the download runs", () => OffloadLab.Flows(lab, 5400).Any(static flow => flow.BytesIn > 1 << 20));
        PolicyLab.Write(lab, Device, string.Create(CultureInfo.InvariantCulture, $"set-token-ctrl {LabPlan.HostA} {limit / 8:F0} 0"));
        string text = await download.StandardOutput.ReadToEndAsync();
        string line = text.Split('\n').Last(static row => row.Contains("receiver", StringComparison.Ordinal));
        output.WriteLine(line);
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        double kilobits = double.Parse(words[Array.FindIndex(words, static word => word.StartsWith("Kbits", StringComparison.Ordinal)) - 1], CultureInfo.InvariantCulture);
        Assert.InRange(kilobits * 1000, limit * 0.5, limit * 1.3); // Its size, not its time.
    }

    private static bool IsStill(string file, ref (long Length, int Times) seen)
    {
        long now = new FileInfo(file).Length;
        seen = now == seen.Length ? (now, seen.Times + 1) : (now, 0);
        return seen.Times == 40;
    }

    // Each half a millisecond or so.
    private static void Send(Socket outside, EndPoint to, CancellationToken end)
    {
        byte[] packet = new byte[60];
        while (!end.IsCancellationRequested)
        {
            outside.SendTo(packet, to);
            Thread.SpinWait(10_000);
        }
    }

    // Whether this very datagram does: one of an earlier try may have waited for a neighbour's address.
    private static bool IsPassed(Socket inside, Socket outside, IPEndPoint server, int patienceMs)
    {
        byte[] sent = Guid.NewGuid().ToByteArray();
        byte[] received = new byte[sent.Length];
        inside.SendTo(sent, server);
        while (outside.Poll(TimeSpan.FromMilliseconds(patienceMs), SelectMode.SelectRead))
        {
            if (outside.Receive(received) == sent.Length && received.AsSpan().SequenceEqual(sent))
                return true;
        }

        return false;
    }
}
