using System.Diagnostics;
using System.Net;
using Natflow.Host.NatTest;
using Natflow.Testing.Namespaces;

namespace Natflow.Host.Tests.NatTest;

/// <summary>An independent referee: Debian's coturn serves, its own client and ours test, in a namespace without a NAT.</summary>
public sealed class CoturnTests
{
    private const int Port = 3478;

    [CoturnFact]
    public async Task STUN_01_STUN_02_Coturn_AgreesThatThereIsNoNat()
    {
        using var server = new TestNamespace("wan");
        using var client = new TestNamespace("lan");
        client.AddVeth(server, "lan0", "wan0");
        client.Run("ip addr add 198.51.100.1/24 dev lan0");
        server.Run("ip addr add 198.51.100.10/24 dev wan0");
        server.Run("ip addr add 198.51.100.11/24 dev wan0");
        string pidFile = Path.Combine(Path.GetTempPath(), $"{server.Name}-turn.pid");
        Process coturn = server.Start(
        [
            "turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--no-auth", "--pidfile", pidFile, "--log-file", "stdout", "--simple-log",
            "-L", "198.51.100.10", "-L", "198.51.100.11", "-p", $"{Port}", "--alt-listening-port", $"{Port + 1}",
        ]);
        coturn.ErrorDataReceived += static (_, _) => { };
        coturn.OutputDataReceived += static (_, _) => { };
        coturn.BeginErrorReadLine();
        coturn.BeginOutputReadLine();

        var primary = new IPEndPoint(IPAddress.Parse("198.51.100.10"), Port);
        NatTestReport report = await RunInside(client, primary);
        CommandOutcome referee = client.TryRun($"turnutils_natdiscovery -m -f {primary.Address} -L 198.51.100.1");

        File.Delete(pidFile);

        Assert.Contains("No NAT! (Endpoint Independent Mapping)", referee.Output + referee.Error, StringComparison.Ordinal);
        Assert.Contains("NAT with Endpoint Independent Filtering!", referee.Output + referee.Error, StringComparison.Ordinal);
        Assert.Equal(NatBehaviour.NoNat, report.Mapping);
        Assert.Equal(NatBehaviour.NoNat, report.TcpMapping);
        Assert.Equal(NatBehaviour.EndpointIndependent, report.Filtering);
        Assert.Equal(new IPEndPoint(IPAddress.Parse("198.51.100.11"), Port + 1), report.Other);
    }

    // The server needs a moment to bind: the first requests of the client are retransmitted until it has.
    private static Task<NatTestReport> RunInside(TestNamespace client, IPEndPoint server)
    {
        var options = new NatTestOptions { Server = server, Local = IPAddress.Parse("198.51.100.1") };
        var open = () => client.Invoke<IStunTransport>(() => new UdpStunTransport(options.Local));
        var tcp = new TcpMappingTest(options, TimeProvider.System, make => client.Invoke(make));
        return new NatTestRun(options, TimeProvider.System, open, tcp.RunAsync).RunAsync(CancellationToken.None);
    }
}
