using System.Diagnostics;
using System.Text.Json;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Management.Control;

namespace Natflow.Lab.Faults;

/// <summary>A gateway that is killed without a word goes on from its journal: the same users, states, limits, port blocks and rules.</summary>
public sealed class CrashRecoveryTests
{
    private const string Rules = """
        natflow.auth { enabled = on, unmatched = pass, rules = [ { id = 7, zone = 0, type = web, sources = guests } ] }
        natflow.sets { guests { entries = [ 10.0.0.10 ] } }

        """;

    [LabTheory("curl", "kill")]
    [InlineData("block")]
    [LongInlineData("session")]
    [InlineData("deterministic")]
    public async Task Kill_UsersLimitsBlocksAndRules_AreAsBefore(string log)
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfPacket, $"{Rules}natflow.nat.log = {log}\n", hasGateway: false);
        using Process first = await lab.StartGateway();
        lab.B.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
        lab.A.TryRun($"curl -sS --max-time 2 http://{LabPlan.HostX}/"); // Not logged in: it is enough that it is seen.
        Natflow(lab, $"user {LabPlan.HostA} login alice");
        Natflow(lab, $"user {LabPlan.HostA} limit 10M 5M");
        Natflow(lab, $"user {LabPlan.HostB} block");
        WriteRule(lab);
        lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
        string rules = Natflow(lab, "ctl --dump natflow_qos_ctl");
        Assert.Contains("rxbytes=1000000", rules, StringComparison.Ordinal);
        await Until.Holds("the port block is on record", () => log == "deterministic" || LeasesOf(lab).Contains(LabPlan.HostA, StringComparison.Ordinal));
        await Until.Holds("the session is on record", () => log != "session" || Audit(lab, $"audit user {LabPlan.HostA} --json").Contains("session-opened", StringComparison.Ordinal));
        string users = await Users(lab);
        string leases = LeasesOf(lab);
        Assert.Contains("alice", users, StringComparison.Ordinal);
        Assert.Contains("Blocked", users, StringComparison.Ordinal);

        lab.Gateway.Run($"kill -KILL {first.Id}");
        Assert.True(first.WaitForExit(TimeSpan.FromSeconds(15)), "not gone within 15 s");
        using Process second = await lab.StartGateway();

        Assert.Equal(users, await Users(lab));
        Assert.Equal(rules, Natflow(lab, "ctl --dump natflow_qos_ctl"));
        Assert.NotEqual(0, lab.B.TryRun($"curl -sS --max-time 2 http://{LabPlan.HostX}/").ExitCode);
        lab.A.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
        Assert.Equal(leases, LeasesOf(lab));
        Natflow(lab, $"audit verify --journal {Journal(lab)}");
    }

    [LabTheory("curl", "kill")]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Kill_OtherConfigurationBeforeTheStart_TakesThePlaceOfWrittenRules(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, Rules, hasGateway: false);
        using (Process first = await lab.StartGateway())
        {
            WriteRule(lab);
            lab.Gateway.Run($"kill -KILL {first.Id}");
            Assert.True(first.WaitForExit(TimeSpan.FromSeconds(15)), "not gone within 15 s");
        }

        await File.AppendAllTextAsync(lab.ConfigPath, "\nnatflow.auth.no-flow-timeout = 10m\n");
        using Process second = await lab.StartGateway();

        Assert.DoesNotContain("rxbytes=1000000", Natflow(lab, "ctl --dump natflow_qos_ctl"), StringComparison.Ordinal);
    }

    private static void WriteRule(TestLab lab) => Assert.Equal(0, lab.Gateway.TryRun(
        [.. TestLab.Natflow, "ctl", "--run-dir", lab.RunDirectory, "natflow_qos_ctl", "add user=10.0.0.0/24,user_port=,remote=,remote_port=,proto=tcp,rxbytes=1000000,txbytes=1000000"]).ExitCode);

    // What is left of a user where what time changes is left out.
    private static async Task<string> Users(TestLab lab)
    {
        UsersModel model = await lab.Ask("/v1/users?limit=100", ControlJson.Default.UsersModel);
        return string.Join('\n', model.Users
            .Select(static user => $"{string.Join(' ', user.Addresses)} {user.Mac} {user.Login} {user.Interface} {user.Status} {user.Type} {user.Rule} {user.LimitDown} {user.LimitUp}")
            .Order(StringComparer.Ordinal));
    }

    private static string LeasesOf(TestLab lab)
    {
        using JsonDocument state = JsonDocument.Parse(Audit(lab, "audit state --json"));
        return state.RootElement.TryGetProperty("leases", out JsonElement leases) ? leases.GetRawText() : "";
    }

    private static string Audit(TestLab lab, string command) => Natflow(lab, $"{command} --journal {Journal(lab)}");

    private static string Journal(TestLab lab) => Path.Combine(lab.RunDirectory, "state", "journal.db");

    private static string Natflow(TestLab lab, string command)
    {
        string running = command.StartsWith("audit", StringComparison.Ordinal) ? "" : $" --run-dir {lab.RunDirectory}";
        return lab.Gateway.Run($"{string.Join(' ', TestLab.Natflow)} {command}{running}");
    }
}
