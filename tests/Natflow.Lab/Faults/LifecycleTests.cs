using System.Diagnostics;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Faults;

/// <summary>How a gateway comes and goes: what it leaves, and what it says when it cannot start.</summary>
public sealed class LifecycleTests
{
    private const int ExitFailed = 1;
    private const int ExitUsage = 2;

    [LabTheory("ping", "curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Kill_Gateway_KernelHasTheInterfacesAtOnceAndARestartForwards(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");

        using (var gateway = Process.GetProcessById(lab.GatewayProcessId!.Value))
            gateway.Kill();
        await Until.Holds("the gateway is gone", () => lab.GatewayProcessId is null);

        lab.A.Run($"ping -c 2 -i 0.2 -W 2 {LabPlan.GatewayInside}");
        lab.Wan.Run($"ping -c 2 -i 0.2 -W 2 {LabPlan.Public1}");
        AssertLeftAlone(lab);

        using Process again = await lab.StartGateway();
        lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
    }

    [LabTheory("ping", "kill")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Terminate_Gateway_EndsWithZeroAndRestoresEverything(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, "natflow.gateway.restart-window = 0s\n", hasGateway: false);
        string before = lab.Gateway.Run("sysctl -a --pattern net.ipv4.conf|net.ipv6.conf|ip_forward|rp_filter");
        string linksBefore = Names(lab);
        using Process gateway = await lab.StartGateway();

        lab.Gateway.Run($"kill -TERM {gateway.Id}");
        Assert.True(gateway.WaitForExit(TimeSpan.FromSeconds(15)), "not gone within 15 s");

        Assert.Equal(0, gateway.ExitCode);
        AssertLeftAlone(lab);
        Assert.Equal(linksBefore, Names(lab));
        Assert.Equal(before, lab.Gateway.Run("sysctl -a --pattern net.ipv4.conf|net.ipv6.conf|ip_forward|rp_filter"));
        lab.A.Run($"ping -c 2 -i 0.2 -W 2 {LabPlan.GatewayInside}");
    }

    [LabTheory("curl")]
    [InlineData(LabMode.AfPacket)]
    public async Task ThreadedNapi_InterfaceWithoutNapi_SaysSoAndForwards(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, "natflow.ports.threaded-napi = on\n");

        Assert.Contains($"{LabPlan.LanInterface}: no threaded NAPI: the interface has no NAPI; a veth gets it by 'ethtool -K {LabPlan.LanInterface} gro on'", lab.GatewayLog, StringComparison.Ordinal);
        lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
    }

    [LabTheory("curl", "kill", "ethtool")]
    [InlineData(LabMode.AfXdp)]
    [InlineData(LabMode.AfPacket)]
    public async Task ThreadedNapi_On_ThreadsReceiveUntilTheGatewayStops(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, "natflow.ports.threaded-napi = on\n", hasGateway: false);
        foreach (string link in new[] { LabPlan.LanInterface, LabPlan.WanInterface })
            lab.Gateway.Run($"ethtool -K {link} gro on");
        Assert.Equal("00", ReceiveThreads(lab));
        using Process gateway = await lab.StartGateway();

        Assert.Equal("11", ReceiveThreads(lab));
        Assert.Contains($"{LabPlan.LanInterface}: threaded NAPI", lab.GatewayLog, StringComparison.Ordinal);
        lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");

        lab.Gateway.Run($"kill -TERM {gateway.Id}");
        Assert.True(gateway.WaitForExit(TimeSpan.FromSeconds(15)), "not gone within 15 s");
        Assert.Equal("00", ReceiveThreads(lab));
    }

    private static string ReceiveThreads(TestLab lab) => string.Concat(
        lab.Gateway.Run($"cat /sys/class/net/{LabPlan.LanInterface}/threaded /sys/class/net/{LabPlan.WanInterface}/threaded").Where(char.IsAsciiDigit));

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Run_SecondGatewayOnTheInterfaces_SaysSoAndTheFirstGoesOn(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        string config = Path.Combine(lab.RunDirectory, "second.conf");
        await File.WriteAllTextAsync(config, await File.ReadAllTextAsync(lab.ConfigPath) + $"\nnatflow.gateway.run-directory = \"{lab.RunDirectory}/second\"\n");

        CommandOutcome second = lab.Gateway.TryRun([.. TestLab.Natflow, "run", "--config", config]);

        Assert.Equal(ExitFailed, second.ExitCode);
        Assert.Contains("another natflow", second.Error, StringComparison.Ordinal);
        Assert.Contains(LabPlan.LanInterface, second.Error, StringComparison.Ordinal);
        lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
    }

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    public async Task Run_SecondGatewayOnTheRunDirectory_SaysSoAndTheFirstGoesOn(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);

        CommandOutcome second = lab.Gateway.TryRun([.. TestLab.Natflow, "run", "--config", lab.ConfigPath]);

        Assert.Equal(ExitFailed, second.ExitCode);
        Assert.Contains("natflow: error:", second.Error, StringComparison.Ordinal);
        _ = await lab.Counters();
        lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
    }

    [LabTheory]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Run_MissingInterface_NamesItAndTheOthers(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, hasGateway: false);
        string config = Path.Combine(lab.RunDirectory, "missing.conf");
        await File.WriteAllTextAsync(config, await File.ReadAllTextAsync(lab.ConfigPath) + "\nnatflow.ports.wan = [ eth7 ]\n");

        CommandOutcome outcome = lab.Gateway.TryRun([.. TestLab.Natflow, "run", "--config", config]);

        Assert.Equal(ExitFailed, outcome.ExitCode);
        Assert.Contains("eth7: no such interface; there are", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        AssertLeftAlone(lab);
    }

    [LabFact]
    public async Task Run_MistakesInTheConfiguration_NamesThemAllAndEndsWithTwo()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, hasGateway: false);
        string config = Path.Combine(lab.RunDirectory, "wrong.conf");
        await File.WriteAllTextAsync(config, await File.ReadAllTextAsync(lab.ConfigPath) + "\nnatflow.nat.colour = red\nnatflow.workers.count = 0\n");

        CommandOutcome outcome = lab.Gateway.TryRun([.. TestLab.Natflow, "run", "--config", config]);

        Assert.Equal(ExitUsage, outcome.ExitCode);
        Assert.Contains("colour", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("workers.count", outcome.Error, StringComparison.Ordinal);
    }

    [LabTheory("setpriv")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Run_WithoutCapabilities_NamesOneAndEndsWithOne(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, hasGateway: false);

        CommandOutcome outcome = lab.Gateway.TryRun(
            ["setpriv", "--bounding-set=-all", "--inh-caps=-all", .. TestLab.Natflow, "run", "--config", lab.ConfigPath]);

        Assert.Equal(ExitFailed, outcome.ExitCode);
        Assert.Contains("CAP_", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        AssertLeftAlone(lab);
    }

    [LabTheory("setpriv")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Run_WithoutOneOfTheServicesCapabilities_NamesItAndEndsWithOne(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, "natflow.ports { umem.chunks = 1024, af-xdp.ring-size = 256 }\n", hasGateway: false);
        foreach (string missing in ServiceUnit.Capabilities())
        {
            string rest = string.Join(',', ServiceUnit.Capabilities().Where(name => name != missing).Select(static name => $"+{name}"));

            CommandOutcome outcome = lab.Gateway.TryRun(
                ["setpriv", $"--bounding-set=-all,{rest}", $"--inh-caps=-all,{rest}", .. TestLab.Natflow, "run", "--config", lab.ConfigPath]);

            Assert.Equal(ExitFailed, outcome.ExitCode);
            Assert.Contains($"CAP_{missing.ToUpperInvariant()}", outcome.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        }
    }

    [LabTheory("setpriv", "curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Run_WithTheServicesCapabilitiesAlone_Forwards(LabMode mode)
    {
        // The unit raises the limit of pinned memory, which a test may not be allowed to: little memory fits the usual one.
        await using TestLab lab = await TestLab.Up(mode, "natflow.ports { umem.chunks = 1024, af-xdp.ring-size = 256 }\n", hasGateway: false);
        string capabilities = string.Join(',', ServiceUnit.Capabilities().Select(static name => $"+{name}"));
        using Process gateway = lab.Gateway.Start(
        [
            "setpriv", $"--bounding-set=-all,{capabilities}", $"--inh-caps=-all,{capabilities}", .. TestLab.Natflow, "run", "--config", lab.ConfigPath,
        ]);
        Task<string> log = gateway.StandardError.ReadToEndAsync();
        await Until.Holds("it forwards, or ended", () => gateway.HasExited || lab.A.TryRun($"curl -sS --max-time 1 http://{LabPlan.HostX}/").ExitCode == 0);
        Assert.False(gateway.HasExited, gateway.HasExited ? await log : string.Empty);
        gateway.Kill(entireProcessTree: true);
    }

    private static void AssertLeftAlone(TestLab lab)
    {
        foreach (string link in new[] { LabPlan.LanInterface, LabPlan.WanInterface })
        {
            Assert.DoesNotContain("xdp", lab.Gateway.Run($"ip link show {link}"), StringComparison.Ordinal);
            Assert.DoesNotContain("bpf", lab.Gateway.TryRun($"tc filter show dev {link} ingress").Output, StringComparison.Ordinal);
        }
    }

    private static string Names(TestLab lab) => string.Join(' ', lab.Gateway.Run("ip -o link")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ')[1]));
}
