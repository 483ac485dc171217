using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Host.Lab;
using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;
using Natflow.Lab.Offload;
using Natflow.Lab.Topology;
using Natflow.Testing;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Policy;

/// <summary>Host rules on real clients: each action for HTTP, HTTPS and QUIC, DNS answers, and a host that is added while its flow is offloaded.</summary>
public sealed class HostRuleTests
{
    private const string Device = "hostacl_ctl";
    private const string Host = "www.bad.test";
    private const int GotReset = 56; // Of curl: receiving failed.
    private const int HandshakeFailed = 35;
    private const int TimedOut = 28;
    private const uint QuicVersion1 = 1;

    [LabTheory("curl", "ethtool")]
    [InlineData(0, 200, 0, 0)]
    [InlineData(1, 0, TimedOut, TimedOut)]
    [InlineData(2, 0, GotReset, HandshakeFailed)]
    [InlineData(3, 302, 0, HandshakeFailed)]
    public async Task EachAction_OnHttpAndHttps_OfBothFamilies(int action, int status, int httpExit, int tlsExit)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        PolicyLab.Write(lab, Device, "redirect_url=http://portal.test/no", $"add acl=0,{action},BAD.test");
        foreach (string address in new[] { LabPlan.HostX, $"[{LabPlan.HostX6}]" })
        {
            CommandOutcome http = Curl(lab, address, "http", 80);
            Assert.Equal(httpExit, http.ExitCode);
            Assert.Equal(status == 0 ? "000" : $"{status}", http.Output.Split(' ')[0]);
            if (action == 3)
                Assert.Equal("http://portal.test/no", http.Output.Split(' ')[1]);
            CommandOutcome tls = Curl(lab, address, "https", 443);
            Assert.True(tls.ExitCode == tlsExit || (tlsExit == HandshakeFailed && tls.ExitCode == GotReset), $"{address}: {tls.ExitCode} {tls.Error}");
        }

        Assert.Equal(action != 0, PolicyLab.Drops(lab, DropReason.HostRefused) != 0);
        lab.A.Run($"curl -sS --max-time 10 -o /dev/null --resolve good.test:80:{LabPlan.HostX} http://good.test/");
    }

    [LabTheory("ethtool")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Quic_IsDropped_AndTheClientToldWhereThatIsChosen(bool isTold)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine + (isTold ? "natflow.acl.quic-unreachable = on\n" : ""));
        PolicyLab.Write(lab, Device, "add acl=0,2,bad.test");
        using Socket server = OffloadLab.Bind(lab.X, LabPlan.HostX, 443);
        using Socket client = OffloadLab.Bind(lab.A, LabPlan.HostA, 7011);
        client.Connect(LabPlan.HostX, 443);
        client.ReceiveTimeout = 1000;
        await Until.Holds("the server is asked for a host that may pass", () => // The first packets wait for a next hop, and may be lost.
        {
            client.Send(Initial("good.test"));
            return server.Poll(TimeSpan.FromMilliseconds(200), SelectMode.SelectRead);
        });
        client.Send(Initial(Host)); // Of the same flow: what it asked for last counts.
        using Socket other = OffloadLab.Bind(lab.A, LabPlan.HostA, 7012);
        other.Connect(LabPlan.HostX, 443);
        other.ReceiveTimeout = 2000;
        other.Send(Initial(Host));
        SocketException error = Assert.Throws<SocketException>(() => other.Receive(new byte[100]));
        Assert.Equal(isTold ? SocketError.HostUnreachable : SocketError.TimedOut, Normal(error.SocketErrorCode));
        Assert.NotEqual(0ul, PolicyLab.Drops(lab, DropReason.HostRefused));
    }

    [LabFact(ChromiumQuic.Program, "ethtool")]
    public async Task QuicOfChromium_IsDroppedByName()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        PolicyLab.Write(lab, Device, "add acl=0,2,bad.test");
        using Socket server = OffloadLab.Bind(lab.X, LabPlan.HostX, 443);
        string folder = Directory.CreateTempSubdirectory("natflow-chromium-").FullName;
        try
        {
            using Process good = Open("good.test");
            await Until.Holds("the server is asked", () => HostsAskedFor(server).Contains("good.test"));
            using Process bad = Open(Host);
            await Until.Holds("the hello is dropped", () => PolicyLab.Drops(lab, DropReason.HostRefused) != 0);
            Assert.DoesNotContain(Host, HostsAskedFor(server));
            foreach (Process chromium in new[] { good, bad })
            {
                chromium.Kill(entireProcessTree: true);
                await chromium.WaitForExitAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Process Open(string host) => lab.A.Start([ChromiumQuic.Program, .. ChromiumQuic.Arguments(Path.Combine(folder, host), host, $"{LabPlan.HostX}:443")]);
    }

    [LabTheory("dig", "ethtool")]
    [InlineData("name-error", 1, "")]
    [InlineData("portal", 3, "10.10.10.10")]
    public async Task DnsQuestion_ForARefusedName_IsAnsweredAsChosen(string option, int action, string answer)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine + $"natflow.acl.dns = {option}\n");
        PolicyLab.Write(lab, Device, $"add acl=0,{action},{LabPlan.DnsName}");
        string text = lab.A.Run($"dig +time=2 +tries=3 @{LabPlan.HostX} {LabPlan.DnsName} A");
        Assert.Contains(option == "portal" ? "status: NOERROR" : "status: NXDOMAIN", text, StringComparison.Ordinal);
        Assert.Equal(answer, lab.A.Run($"dig +short +time=2 +tries=3 @{LabPlan.HostX} {LabPlan.DnsName} A").Trim());
        PolicyLab.Write(lab, Device, "clear");
        Assert.Equal(LabPlan.HostX, lab.A.Run($"dig +short +time=2 +tries=3 @{LabPlan.HostX} {LabPlan.DnsName} A").Trim());
    }

    [LabTheory("curl", "ethtool")]
    [InlineData(LabPlan.HostX)]
    [InlineData($"[{LabPlan.HostX6}]")]
    public async Task HostAddedWhileOffloaded_StopsTheFlow(string address)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine + "natflow.inspect.enabled = on\n");
        OffloadLab.Prepare(lab);
        using Process download = lab.A.Start(
            ["curl", "-sS", "-g", "--max-time", "50", "--limit-rate", "4M", "-o", "/dev/null", "--resolve", $"{Host}:80:{address}", $"http://{Host}/bytes/{1 << 28}"]);
        await Until.Holds("the download is offloaded", () => OffloadLab.Flows(lab, 80).Any(static flow => flow.Offload == OffloadReason.Offloaded));
        Assert.False(download.HasExited);
        PolicyLab.Write(lab, Device, "add acl=5,2,bad.test");
        await Until.Holds("the download ends", () => download.HasExited, seconds: 40);
        Assert.Equal(GotReset, download.ExitCode);
        Assert.NotEqual(0ul, PolicyLab.Drops(lab, DropReason.HostRefused));
        Assert.DoesNotContain(OffloadLab.Flows(lab, 80), static flow => flow.Offload == OffloadReason.Offloaded);
    }

    // What a server knows by the datagrams that have come.
    private static List<string> HostsAskedFor(Socket server)
    {
        using var inspector = new Inspector(new InspectorSettings { FlowCapacity = 1024, BufferBytes = 1 << 20, FollowsConnections = true });
        byte[] datagram = new byte[1 << 16];
        while (server.Poll(TimeSpan.FromMilliseconds(300), SelectMode.SelectRead))
        {
            EndPoint client = new IPEndPoint(IPAddress.Any, 0);
            int length = server.ReceiveFrom(datagram, ref client);
            var ends = new FlowEnds(FlowEnds.Map(1), FlowEnds.Map(2), (ushort)((IPEndPoint)client).Port, 443, IpProtocol.Udp, IsIpv6: false, Zone: 0);
            inspector.OnUdp(in ends, datagram.AsSpan(0, length), nowNs: 0);
        }

        var hosts = new List<string>();
        foreach (ref readonly Observation seen in inspector.Observations.Observations)
            hosts.Add(Encoding.ASCII.GetString(inspector.Observations.Text(seen.Name)));
        return hosts;
    }

    // Another system's name for the same: ICMP "administratively prohibited".
    private static SocketError Normal(SocketError error) => error is SocketError.WouldBlock ? SocketError.TimedOut : error;

    private static CommandOutcome Curl(TestLab lab, string address, string scheme, int port) => lab.A.TryRun(
        ["curl", "-sSk", "-g", "--max-time", "3", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", "--resolve", $"{Host}:{port}:{address}", $"{scheme}://{Host}/"]);

    private static byte[] Initial(string name)
    {
        byte[] id = BitConverter.GetBytes(0x0123456789ABCDEF);
        byte[] frame = QuicInitialBuilder.CryptoFrame(0, ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(name), keyShareBytes: 36, [Encoding.ASCII.GetBytes("h3")]));
        return QuicInitialBuilder.Packet(QuicVersion1, id, id, packetNumber: 0, frame);
    }
}
