using System.Net;
using System.Net.Sockets;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Management.Control;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Faults;

/// <summary>Port forwards, helpers, port control and log level, changed under a running gateway.</summary>
public sealed class RuleReloadTests
{
    private const int ExitUsage = 2;
    private const int Web = 8080;

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Reload_PortForward_ComesMovesAndGoes(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        string config = await File.ReadAllTextAsync(lab.ConfigPath);
        using Socket onA = Listen(lab.A, LabPlan.HostA);
        using Socket onB = Listen(lab.B, LabPlan.HostB);
        AssertRefused(lab);

        await Change(lab, config, $"natflow.nat.port-forwards = [ {{ port = {Web}, to = {LabPlan.HostA} }} ]");
        using Socket first = Knock(lab);
        using Socket servedByA = onA.Accept();
        AssertTalk(first, servedByA);

        await Change(lab, config, $"natflow.nat.port-forwards = [ {{ port = {Web}, to = {LabPlan.HostB} }} ]");
        using Socket second = Knock(lab);
        using Socket servedByB = onB.Accept();
        AssertTalk(second, servedByB);
        AssertTalk(first, servedByA);

        await Change(lab, config, string.Empty);
        AssertRefused(lab);
        CountersModel before = await lab.Counters();
        second.Send("any more?"u8);
        await Until.Holds("the connection has ended with its forward", () => lab.Counters().GetAwaiter().GetResult().Drops.Values.Sum(static count => (long)count) > before.Drops.Values.Sum(static count => (long)count));
        Assert.Equal(0, servedByB.Available);
    }

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    public async Task Reload_PortForwardOfAPortInUse_IsRefusedAsAWhole(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        string config = await File.ReadAllTextAsync(lab.ConfigPath);
        using var a = new UdpEndpoint(lab.A, LabPlan.HostA);
        using var x = new UdpEndpoint(lab.X, LabPlan.HostX);
        a.Send("out"u8, new IPEndPoint(IPAddress.Parse(LabPlan.HostX), x.Port));
        IPEndPoint external = x.Receive().From;
        await File.WriteAllTextAsync(lab.ConfigPath, $"{config}\nnatflow.nat.port-forwards = [ {{ port = {Web}, to = {LabPlan.HostB} }}, {{ protocol = udp, address = {external.Address}, port = {external.Port}, to = {LabPlan.HostB} }} ]\nnatflow.nat.timeouts.udp = 150s\n");

        CommandOutcome outcome = Reload(lab);

        Assert.Equal(ExitUsage, outcome.ExitCode);
        Assert.Contains($"udp {external} is a subscriber's port", outcome.Error, StringComparison.Ordinal);
        AssertRefused(lab);
        x.Send("in"u8, external);
        Assert.Equal("in"u8, a.Receive().Datagram);
        FlowsModel flows = await lab.Ask($"/v1/flows?protocol=udp&port={a.Port}", ControlJson.Default.FlowsModel);
        Assert.InRange(flows.Flows.Single().ExpiresInSeconds, 200, 300);
    }

    [LabTheory("lftp", "vsftpd")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Reload_FtpHelper_IsOffAndOnForNewConnections(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        string config = await File.ReadAllTextAsync(lab.ConfigPath);
        Assert.Equal(0, ActiveFtp(lab));
        await Change(lab, config, "natflow.helpers.ftp = off");
        Assert.NotEqual(0, ActiveFtp(lab));
        await Change(lab, config, string.Empty);
        Assert.Equal(0, ActiveFtp(lab));
    }

    [LabTheory]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Reload_LogLevel_IsInForce(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        string config = await File.ReadAllTextAsync(lab.ConfigPath);
        await Change(lab, config, "natflow.gateway.log.level = error");
        int length = lab.GatewayLog.Length;

        await Change(lab, config, "natflow.gateway.log.level = error\nnatflow.nat.timeouts.udp = 150s");

        Assert.Equal(length, lab.GatewayLog.Length);
        await Change(lab, config, string.Empty);
        await Until.Holds("the log speaks again", () => lab.GatewayLog.Length > length);
    }

    private static async Task Change(TestLab lab, string config, string rules)
    {
        await File.WriteAllTextAsync(lab.ConfigPath, $"{config}\n{rules}\n");
        CommandOutcome outcome = Reload(lab);
        Assert.True(outcome.ExitCode == 0, outcome.Error);
    }

    private static CommandOutcome Reload(TestLab lab) => lab.Gateway.TryRun([.. TestLab.Natflow, "reload", "--run-dir", lab.RunDirectory]);

    private static Socket Listen(LabHostShell host, string address) => host.Invoke(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), Web));
        socket.Listen();
        return socket;
    });

    private static Socket Knock(TestLab lab) => lab.X.Invoke(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(IPAddress.Parse(LabPlan.Public1), Web);
        return socket;
    });

    // The kernel of the gateway's box has the port where no forward has it, and nobody listens there.
    private static void AssertRefused(TestLab lab) =>
        Assert.Equal(SocketError.ConnectionRefused, Assert.Throws<SocketException>(() => Knock(lab).Dispose()).SocketErrorCode);

    private static void AssertTalk(Socket outside, Socket inside)
    {
        foreach ((Socket from, Socket to) in new[] { (outside, inside), (inside, outside) })
        {
            byte[] heard = new byte[2];
            to.ReceiveTimeout = 10_000;
            from.Send("hi"u8);
            Assert.Equal(2, to.Receive(heard));
            Assert.Equal("hi"u8, heard);
        }
    }

    private static int ActiveFtp(TestLab lab) => lab.A.TryRun(
        ["lftp", "-e", "set net:timeout 3; set net:max-retries 1; set net:persist-retries 0; set ftp:passive-mode off; cat hello.txt; bye", $"ftp://{LabPlan.HostX}"], TimeSpan.FromSeconds(40)).ExitCode;
}
