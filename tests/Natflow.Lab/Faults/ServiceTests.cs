using System.Diagnostics;
using System.Globalization;
using Natflow.Host.Lab;
using Natflow.Host.Live;
using Natflow.Lab.Topology;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Faults;

/// <summary>The gateway as a service of systemd: what it says of itself, and the unit that is shipped.</summary>
[Collection(AloneCollection.Name)]
public sealed class ServiceTests
{
    private const string OtherTimeout = "\nnatflow.nat.timeouts.udp = 150s\n";

    [LabTheory("kill")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Notify_StartReloadsAndEnd_AreTold(bool isAbstract)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfPacket, hasGateway: false);
        string name = isAbstract ? $"@natflow-notify-{Environment.ProcessId}" : Path.Combine(lab.RunDirectory, "notify");
        using NotifySocket systemd = lab.Gateway.Invoke(() => new NotifySocket(name));
        using Process gateway = Start(lab, $"NOTIFY_SOCKET={name}", "WATCHDOG_USEC=400000");
        Assert.Equal("1", systemd.Wait("READY")["READY"]);
        Assert.Equal("1", systemd.Wait("WATCHDOG")["WATCHDOG"]);
        Assert.Equal("1", systemd.Wait("WATCHDOG")["WATCHDOG"]);

        await File.AppendAllTextAsync(lab.ConfigPath, OtherTimeout);
        AssertReload(systemd, () => lab.Gateway.Run($"kill -HUP {gateway.Id}"));
        AssertReload(systemd, () => lab.Gateway.Run($"{string.Join(' ', TestLab.Natflow)} reload --run-dir {lab.RunDirectory}"));

        lab.Gateway.Run($"kill -TERM {gateway.Id}");
        Assert.Equal("1", systemd.Wait("STOPPING")["STOPPING"]);
        Assert.True(gateway.WaitForExit(TimeSpan.FromSeconds(15)), "not gone within 15 s");
        Assert.Equal(["READY", "RELOADING", "READY", "RELOADING", "READY", "STOPPING"], systemd.Heard);
    }

    [LabFact("systemd-analyze")]
    public async Task Unit_OfThisRepository_IsOneSystemdUnderstands()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfPacket, hasGateway: false);
        string unit = Path.Combine(lab.RunDirectory, "natflow.service");
        // The program is not installed where tests run.
        await File.WriteAllTextAsync(unit, (await File.ReadAllTextAsync(ServiceUnit.Find())).Replace("/usr/bin/natflow", "/bin/true", StringComparison.Ordinal));

        CommandOutcome outcome = lab.Gateway.TryRun($"systemd-analyze verify --man=no {unit}");

        // It also has its say on the machine's other units.
        IEnumerable<string> ours = $"{outcome.Output}\n{outcome.Error}".Split('\n').Where(static line => line.Length != 0 && !line.StartsWith("/lib/systemd/", StringComparison.Ordinal));
        Assert.Equal(0, outcome.ExitCode);
        Assert.Empty(ours);
    }

    [LabTheory("systemd-analyze", "strace", "curl", "kill")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Unit_SystemCallFilter_AllowsAllThatTheGatewayCalls(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, "natflow.pcp.enabled = on\n", hasGateway: false);
        string summary = Path.Combine(lab.RunDirectory, "calls");
        using Process gateway = lab.Gateway.Start(["strace", "-f", "-q", "-c", "-U", "name", "-o", summary, .. TestLab.Natflow, "run", "--config", lab.ConfigPath]);
        _ = gateway.StandardError.ReadToEndAsync();
        await Until.Holds("it forwards", () => gateway.HasExited || lab.A.TryRun($"curl -sS --max-time 10 http://{LabPlan.HostX}/").ExitCode == 0, seconds: 60);
        await Until.Holds("it answers", () => File.Exists(GatewayRun.ControlPath(lab.RunDirectory)));
        lab.Gateway.Run($"{string.Join(' ', TestLab.Natflow)} reload --run-dir {lab.RunDirectory}");
        lab.Gateway.Run($"kill -TERM {lab.GatewayProcesses().Single(static id => File.ReadAllText($"/proc/{id}/comm").StartsWith("dotnet", StringComparison.Ordinal))}");
        Assert.True(gateway.WaitForExit(TimeSpan.FromSeconds(30)), "not gone within 30 s");

        HashSet<string> allowed = ServiceUnit.SystemCalls(lab.Gateway);
        string[] called = [.. File.ReadLines(summary).Select(static line => line.Trim()).Where(static line => line.Length != 0 && line.All(static letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '_'))];
        Assert.Contains("bpf", called);
        Assert.Empty(called.Except(allowed).Except(["syscall", "total"])); // Words of the table.
    }

    private static Process Start(TestLab lab, params string[] variables)
    {
        Process gateway = lab.Gateway.Start(["env", .. variables, .. TestLab.Natflow, "run", "--config", lab.ConfigPath]);
        _ = gateway.StandardOutput.ReadToEndAsync();
        _ = gateway.StandardError.ReadToEndAsync();
        return gateway;
    }

    // CLOCK_MONOTONIC, not before the reload was asked for and not after it was told of.
    private static void AssertReload(NotifySocket systemd, Action reload)
    {
        long before = Microseconds();
        reload();
        Dictionary<string, string> reloading = systemd.Wait("RELOADING");
        Assert.Equal("1", reloading["RELOADING"]);
        Assert.InRange(long.Parse(reloading["MONOTONIC_USEC"], CultureInfo.InvariantCulture), before, Microseconds());
        Assert.Equal("1", systemd.Wait("READY")["READY"]);
    }

    private static long Microseconds() => TimeProvider.System.GetTimestamp() / (TimeProvider.System.TimestampFrequency / 1_000_000);
}
