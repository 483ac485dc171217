using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Servers;
using Natflow.Lab.Topology;
using Natflow.Management.Control;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Forwarding;

/// <summary>What people do behind a NAT, with the system's own clients and servers. Run over each kind of port.</summary>
public abstract class ForwardingTests
{
    private const long LongBytes = 1_000_000_000;
    private const long ShortBytes = 100_000_000;
    private readonly LabFixture _fixture;
    private readonly string _mode;

    /// <summary>Over one kind of port.</summary>
    protected ForwardingTests(LabFixture fixture, string mode)
    {
        _fixture = fixture;
        _mode = mode;
    }

    /// <summary>The lab.</summary>
    protected TestLab Lab => _fixture.Lab;

    private static long TransferBytes => Environment.GetEnvironmentVariable("NATFLOW_LONG") == "1" ? LongBytes : ShortBytes;

    [LabFact]
    public async Task Status_OfEachPort_IsTheModeAskedFor()
    {
        GatewayStatus status = await Lab.Ask("/v1/status", ControlJson.Default.GatewayStatus);
        Assert.All(status.Ports, port => Assert.Equal(_mode, port.Mode));
        Assert.Equal([LabPlan.LanInterface, LabPlan.WanInterface], status.Ports.Select(static port => port.Interface));
    }

    [LabFact("ping")]
    public void Ping_HostOutside_IsAnswered() => Lab.A.Run($"ping -c 3 -i 0.2 -W 3 {LabPlan.HostX}");

    [LabFact("ping")]
    public void Ping_LargerThanTheLink_IsAnswered() => Lab.A.Run($"ping -c 3 -i 0.2 -W 3 -s 4000 {LabPlan.HostX}");

    [LabFact("ping")]
    public void Ping_OwnAddressInside_IsAnsweredByTheKernel() => Lab.A.Run($"ping -c 2 -i 0.2 -W 3 {LabPlan.GatewayInside}");

    [LabFact("curl")]
    public void Curl_OverHttp_ServerSeesThePublicAddress()
    {
        string seen = Lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
        Assert.Matches($"^hello ({LabPlan.Public1}|{LabPlan.Public2}):[0-9]+\n$", seen);
    }

    [LabFact("curl")]
    public void Curl_OverHttps_ServerSeesThePublicAddress()
    {
        string seen = Lab.A.Run($"curl -sSk --max-time 10 https://{LabPlan.HostX2}/");
        Assert.Matches($"^hello ({LabPlan.Public1}|{LabPlan.Public2}):[0-9]+\n$", seen);
    }

    [LabFact("dig")]
    public void Dig_OverUdp_IsAnswered() =>
        Assert.Equal(LabPlan.HostX, Lab.A.Run($"dig +short +time=3 +tries=1 @{LabPlan.HostX} {LabPlan.DnsName} A").Trim());

    [LabFact("dig")]
    public void Dig_OverTcp_IsAnswered() =>
        Assert.Equal(LabPlan.HostX6, Lab.A.Run($"dig +short +tcp +time=3 +tries=1 @{LabPlan.HostX} {LabPlan.DnsName} AAAA").Trim());

    [LabFact("curl", "vsftpd")]
    public void Ftp_Passive_GetsTheFile() =>
        Assert.Equal("hello by FTP\n", Lab.A.Run($"curl -sS --max-time 15 --disable-epsv ftp://{LabPlan.HostX}/hello.txt"));

    [LabFact("curl", "vsftpd")]
    public void Ftp_ExtendedPassive_GetsTheFile() =>
        Assert.Equal("hello by FTP\n", Lab.A.Run($"curl -sS --max-time 15 ftp://{LabPlan.HostX}/hello.txt"));

    [LabFact("lftp", "vsftpd")]
    public void Ftp_Active_GetsTheFile() => Assert.Equal("hello by FTP\n", ActiveFtp(LabPlan.HostX));

    [LabTheory("traceroute")]
    [InlineData("-U")]
    [InlineData("-T")]
    [InlineData("-I")]
    public void Traceroute_EachKind_ShowsTheGatewayAsOneHop(string kind)
    {
        string output = Lab.A.Run($"traceroute -n {kind} -q 1 -w 3 -m 6 {LabPlan.HostX}");
        string[] hops = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])];
        Assert.Equal([LabPlan.GatewayInside, LabPlan.Provider, LabPlan.HostX], hops);
    }

    [LabFact("curl", "sha256sum")]
    public void Download_Large_ChecksumMatches()
    {
        CommandOutcome outcome = Lab.A.TryRun(
            ["sh", "-c", string.Create(CultureInfo.InvariantCulture, $"curl -sS --max-time 200 http://{LabPlan.HostX}/bytes/{TransferBytes} | sha256sum")],
            TimeSpan.FromSeconds(220));
        using var expected = new PatternStream(TransferBytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(expected)), outcome.Output.Split(' ')[0]);
    }

    [LabFact("curl")]
    public void Upload_Large_ChecksumMatches()
    {
        string path = Path.Combine(Lab.RunDirectory, "upload");
        using (FileStream file = File.Create(path))
        using (var pattern = new PatternStream(TransferBytes))
            pattern.CopyTo(file);
        using var expected = new PatternStream(TransferBytes);
        string sum = Lab.A.Run($"curl -sS --max-time 200 -T {path} http://{LabPlan.HostX}/sum", TimeSpan.FromSeconds(220));
        File.Delete(path);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(expected)), sum);
    }

    [LabTheory("iperf3")]
    [InlineData("-t 2")]
    [InlineData("-t 2 -R")]
    [InlineData("-t 2 -u -b 20M -l 1200")]
    [InlineData("-t 2 -u -b 20M -l 1200 -R")]
    public void Iperf_TcpAndUdpBothWays_MovesBytes(string options)
    {
        using var result = JsonDocument.Parse(Lab.A.Run($"iperf3 -c {LabPlan.HostY} -J {options}"));
        JsonElement end = result.RootElement.GetProperty("end");
        bool isUdp = options.Contains("-u", StringComparison.Ordinal);
        Assert.True(end.TryGetProperty(isUdp ? "sum" : "sum_received", out JsonElement sum), result.RootElement.ToString());
        double bytes = sum.GetProperty("bytes").GetDouble() * (isUdp ? 1 - (sum.GetProperty("lost_percent").GetDouble() / 100) : 1);
        Assert.True(bytes > 1_000_000, $"{bytes} bytes of {result.RootElement}");
    }

    [LabFact]
    public async Task Connect_FiveThousandAtOnce_AllTalk()
    {
        const int Count = 5000;
        int echoed = await EchoMany.Run(Lab.A, LabPlan.HostX, Count);
        Assert.Equal(Count, echoed);
    }

    [LabFact("curl")]
    public void PathMtu_SmallerLinkBeyondTheGateway_TransferCompletes()
    {
        // The provider's router answers what is too large; the gateway must bring that inside.
        Lab.Wan.Run("ip link set br0 mtu 1400");
        try
        {
            Upload(LabPlan.HostX, bytes: 3_000_000);
        }
        finally
        {
            Lab.Wan.Run("ip link set br0 mtu 1500");
            Lab.A.Run("ip route flush cache");
        }
    }

    [LabFact("curl")]
    public async Task PathMtu_SmallerUplink_TransferCompletes()
    {
        Lab.Gateway.Run($"ip link set {LabPlan.WanInterface} mtu 1400");
        try
        {
            await Until.Holds("the gateway says the uplink is smaller", () =>
                Lab.A.TryRun($"ping -c 1 -W 1 -M do -s 1450 {LabPlan.HostX}").Output.Contains("Frag needed", StringComparison.OrdinalIgnoreCase)
                || Lab.A.TryRun($"ping -c 1 -W 1 -M do -s 1450 {LabPlan.HostX}").Error.Contains("message too long", StringComparison.OrdinalIgnoreCase));
            Lab.A.Run("ip route flush cache");
            Upload(LabPlan.HostX, bytes: 3_000_000);
        }
        finally
        {
            Lab.Gateway.Run($"ip link set {LabPlan.WanInterface} mtu 1500");
            Lab.A.Run("ip route flush cache");
        }
    }

    [LabFact("ping")]
    public void Ping6_HostOutside_IsAnswered() => Lab.A.Run($"ping -6 -c 3 -i 0.2 -W 3 {LabPlan.HostX6}");

    [LabFact("curl")]
    public void Curl6_OverHttpAndHttps_ServerSeesTheHostItself()
    {
        Assert.StartsWith($"hello [{LabPlan.HostA6}]:", Lab.A.Run($"curl -sS --max-time 10 http://[{LabPlan.HostX6}]/"), StringComparison.Ordinal);
        Assert.StartsWith($"hello [{LabPlan.HostA6}]:", Lab.A.Run($"curl -sSk --max-time 10 https://[{LabPlan.HostX6}]/"), StringComparison.Ordinal);
    }

    [LabTheory("dig")]
    [InlineData("+notcp")]
    [InlineData("+tcp")]
    public void Dig6_OverUdpAndTcp_IsAnswered(string transport) =>
        Assert.Equal(LabPlan.HostX, Lab.A.Run($"dig +short {transport} +time=3 +tries=1 @{LabPlan.HostX6} {LabPlan.DnsName} A").Trim());

    [LabFact("traceroute")]
    public void Traceroute6_ShowsTheGatewayAsOneHop()
    {
        string output = Lab.A.Run($"traceroute -6 -n -q 1 -w 3 -m 6 {LabPlan.HostX6}");
        string[] hops = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1])];
        Assert.Equal([LabPlan.GatewayInside6, LabPlan.Provider6, LabPlan.HostX6], hops);
    }

    [LabFact("curl", "vsftpd")]
    public void Ftp6_Passive_GetsTheFile() =>
        Assert.Equal("hello by FTP\n", Lab.A.Run($"curl -sS --max-time 15 ftp://[{LabPlan.HostX6}]/hello.txt"));

    [LabFact("lftp", "vsftpd")]
    public void Ftp6_Active_GetsTheFile() => Assert.Equal("hello by FTP\n", ActiveFtp($"[{LabPlan.HostX6}]"));

    [LabTheory("iperf3")]
    [InlineData("-t 2")]
    [InlineData("-t 2 -u -b 20M -l 1200")]
    public void Iperf6_TcpAndUdp_MovesBytes(string options) => Lab.A.Run($"iperf3 -c {LabPlan.HostY6} {options}");

    [LabFact("curl")]
    public void PathMtu6_SmallerLinkBeyondTheGateway_TransferCompletes()
    {
        Lab.Wan.Run("ip link set br0 mtu 1400");
        try
        {
            Upload($"[{LabPlan.HostX6}]", bytes: 3_000_000);
        }
        finally
        {
            Lab.Wan.Run("ip link set br0 mtu 1500");
        }
    }

    [LabFact("curl")]
    public async Task PathMtu6_SmallerUplink_TransferCompletes()
    {
        Lab.Gateway.Run($"ip link set {LabPlan.WanInterface} mtu 1400");
        try
        {
            await Until.Holds("the gateway says the uplink is smaller", () =>
            {
                CommandOutcome ping = Lab.B.TryRun($"ping -6 -c 1 -W 1 -M do -s 1420 {LabPlan.HostX6}");
                return (ping.Output + ping.Error).Contains("too", StringComparison.OrdinalIgnoreCase);
            });
            Upload($"[{LabPlan.HostX6}]", bytes: 3_000_000);
        }
        finally
        {
            Lab.Gateway.Run($"ip link set {LabPlan.WanInterface} mtu 1500");
            Lab.A.Run("ip -6 route flush cache");
        }
    }

    private string ActiveFtp(string server)
    {
        CommandOutcome outcome = Lab.A.TryRun(["lftp", "-e", "set net:timeout 5; set net:max-retries 1; set ftp:passive-mode off; cat hello.txt; bye", $"ftp://{server}"]);
        Assert.True(outcome.ExitCode == 0, $"lftp ended with {outcome.ExitCode}: {outcome.Error}");
        return outcome.Output;
    }

    private void Upload(string host, int bytes)
    {
        string path = Path.Combine(Lab.RunDirectory, "upload");
        using (FileStream file = File.Create(path))
        using (var pattern = new PatternStream(bytes))
            pattern.CopyTo(file);
        using var expected = new PatternStream(bytes);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(expected)), Lab.A.Run($"curl -sS --max-time 15 -T {path} http://{host}/sum"));
    }
}
