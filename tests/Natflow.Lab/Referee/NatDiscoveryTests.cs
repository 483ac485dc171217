using System.Diagnostics;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Referee;

/// <summary>coturn as an independent referee of mapping and filtering (RFC 5780).</summary>
public sealed class NatDiscoveryTests
{
    [LabTheory("turnserver", "turnutils_natdiscovery")]
    [InlineData(LabMode.AfXdp, "endpoint-independent", "Endpoint Independent Filtering")]
    [LongInlineData(LabMode.AfXdp, "address-dependent", "Address Dependent Filtering")]
    [InlineData(LabMode.AfXdp, "address-and-port-dependent", "Address and Port Dependent Filtering")]
    [LongInlineData(LabMode.AfPacket, "endpoint-independent", "Endpoint Independent Filtering")]
    [LongInlineData(LabMode.AfPacket, "address-dependent", "Address Dependent Filtering")]
    [LongInlineData(LabMode.AfPacket, "address-and-port-dependent", "Address and Port Dependent Filtering")]
    public async Task Coturn_OfEachFilteringMode_ReportsWhatWasConfigured(LabMode mode, string filtering, string verdict)
    {
        await using TestLab lab = await TestLab.Up(mode, $"natflow.nat.filtering.udp = {filtering}\n");
        using Process server = StartServer(lab);
        await Until.Holds("the server listens on both addresses and ports", () => lab.X.Run("ss -Hlun").Contains($"{LabPlan.HostX2}:3479", StringComparison.Ordinal));

        CommandOutcome mapping = lab.A.TryRun($"turnutils_natdiscovery -m {LabPlan.HostX}", TimeSpan.FromSeconds(60));
        CommandOutcome own = lab.A.TryRun([.. TestLab.Natflow, "nat-test", LabPlan.HostX, "--no-tcp"], TimeSpan.FromSeconds(60));
        CommandOutcome filter = lab.A.TryRun($"turnutils_natdiscovery -f {LabPlan.HostX}", TimeSpan.FromSeconds(60));

        Assert.Contains("NAT with Endpoint Independent Mapping", mapping.Output, StringComparison.OrdinalIgnoreCase);
        Assert.True(own.Output.Replace("- and ", "-and-", StringComparison.Ordinal).Contains(filtering, StringComparison.OrdinalIgnoreCase), $"natflow nat-test: {own.Output} {own.Error}");
        Assert.Contains(verdict, filter.Output, StringComparison.OrdinalIgnoreCase);
    }

    private static Process StartServer(TestLab lab)
    {
        Process server = lab.X.Start(
        [
            "turnserver", "-n", "-v", "--stun-only", "--no-cli", "--no-tls", "--no-dtls", "--log-file", "stdout",
            "--pidfile", Path.Combine(lab.RunDirectory, "turn.pid"), "-L", LabPlan.HostX, "-L", LabPlan.HostX2,
        ]);
        _ = server.StandardOutput.ReadToEndAsync();
        _ = server.StandardError.ReadToEndAsync();
        return server;
    }
}
