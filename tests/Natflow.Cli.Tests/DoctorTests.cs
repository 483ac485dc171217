using System.Text.Json;
using Natflow.Testing.Namespaces;

namespace Natflow.Cli.Tests;

/// <summary>The doctor on machines made of files.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_FitMachine_Is0()
    {
        using var folder = new TemporaryFolder();
        MakeMachine(folder.Of("root"));

        NatflowProcess run = await NatflowProcess.Run("doctor", "--root", folder.Of("root"), "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.All(Findings(run.Output), static finding => Assert.Equal("Ok", finding.Grade));
    }

    [Theory]
    [InlineData("proc/sys/kernel/osrelease", "4.19.0-8-amd64", "kernel", "Fail")]
    [InlineData("proc/sys/kernel/osrelease", "garbage", "kernel", "Fail")]
    [InlineData("proc/self/status", "CapEff:\t0000000000003000", "capabilities", "Fail")]
    [InlineData("proc/self/limits", "Max locked memory         65536                65536                bytes", "locked memory", "Warn")]
    [InlineData("proc/sys/net/ipv4/ip_forward", "1", "kernel forwarding", "Warn")]
    [InlineData("proc/sys/net/core/bpf_jit_enable", "0", "bpf compiler", "Warn")]
    [InlineData("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet", "clock", "Warn")]
    [InlineData("dev/net/tun", null, "tun", "Fail")]
    [InlineData("dev/net/tun", "", "tun", "Warn")]
    public async Task Doctor_Ailment_IsFoundWithAdvice(string file, string? text, string name, string grade)
    {
        using var folder = new TemporaryFolder();
        MakeMachine(folder.Of("root"));
        File.Delete(Path.Combine(folder.Of("root"), file));
        if (text is not null)
            await File.WriteAllTextAsync(Path.Combine(folder.Of("root"), file), text);

        NatflowProcess run = await NatflowProcess.Run("doctor", "--root", folder.Of("root"), "--json");

        (string Name, string Grade, string Advice) finding = Assert.Single(Findings(run.Output), one => one.Name == name);
        Assert.Equal((grade, grade == "Fail" ? 1 : 0), (finding.Grade, run.ExitCode));
        Assert.NotEmpty(finding.Advice);
    }

    [Fact]
    public async Task Doctor_ConfigurationWithAnInterfaceThatIsNot_SaysSo()
    {
        using var folder = new TemporaryFolder();
        MakeMachine(folder.Of("root"));
        string config = folder.Of("natflow.conf");
        await File.WriteAllTextAsync(config, "natflow { ports { lan = [ nf-none0 ], wan = [ nf-none1 ] } }");

        NatflowProcess run = await NatflowProcess.Run("doctor", "--root", folder.Of("root"), "--config", config);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("nf-none0: there is no such interface", run.Output, StringComparison.Ordinal);
    }

    [NamespaceTheory]
    [InlineData("off", "Warn", "gro on")]
    [InlineData("on", "Ok", "")]
    public async Task Doctor_VethWhosePeerDoesNotPoll_WarnsWhereXdpRedirects(string gro, string grade, string advice)
    {
        using var gateway = new TestNamespace("gw");
        using var peer = new TestNamespace("peer");
        using var folder = new TemporaryFolder();
        gateway.AddVeth(peer, "lan0", "lan1");
        gateway.AddVeth(peer, "wan0", "wan1");
        peer.Run($"ethtool -K lan1 gro {gro}");
        string config = folder.Of("natflow.conf");
        await File.WriteAllTextAsync(config, "natflow { ports { lan = [ lan0 ], wan = [ wan0 ] }, offload.engine = xdp }");

        CommandOutcome run = gateway.TryRun($"dotnet {Path.Combine(AppContext.BaseDirectory, "natflow.dll")} doctor --json --config {config}");

        (string Name, string Grade, string Advice) finding = Assert.Single(Findings(run.Output), static one => one.Name == "lan0 peer");
        Assert.Equal(grade, finding.Grade);
        Assert.Contains(advice, finding.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manual_DescribesEachCommand()
    {
        NatflowProcess run = await NatflowProcess.Run("manual");

        Assert.StartsWith(".TH NATFLOW 1\n", run.Output, StringComparison.Ordinal);
        Assert.All(["natflow top", "natflow doctor", "natflow run", "natflow lab up"], name => Assert.Contains($".SS {name}", run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Token_IsPrintedOnceAndItsHashKept()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Of("tokens");

        NatflowProcess run = await NatflowProcess.Run("token", "alice", "--role", "operator", "--file", file);

        string token = run.Output.Trim();
        string line = (await File.ReadAllTextAsync(file)).Trim();
        Assert.StartsWith("nf_", token, StringComparison.Ordinal);
        Assert.Equal($"alice operator {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(token)))}", line);
    }

    private static (string Name, string Grade, string Advice)[] Findings(string output)
    {
        using var document = JsonDocument.Parse(output);
        return [.. document.RootElement.EnumerateArray().Select(static finding =>
            (finding.GetProperty("name").GetString()!, finding.GetProperty("grade").GetString()!, finding.GetProperty("advice").GetString()!))];
    }

    private static void MakeMachine(string root)
    {
        Write("proc/sys/kernel/osrelease", "6.12.3-amd64");
        Write("proc/self/status", "Name:\tnatflow\nCapEff:\t000001ffffffffff");
        Write("proc/self/limits", "Max locked memory         unlimited            unlimited            bytes\nMax open files            65536                65536                files");
        Write("proc/sys/net/ipv4/ip_forward", "0");
        Write("proc/sys/net/core/bpf_jit_enable", "1");
        Write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc");
        Write("dev/net/tun", string.Empty);
        File.SetUnixFileMode(Path.Combine(root, "dev/net/tun"), (UnixFileMode)438); // 0666

        void Write(string path, string text)
        {
            string file = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, text);
        }
    }
}
