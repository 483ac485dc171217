using System.Globalization;
using System.Text.RegularExpressions;
using Natflow.Host.Lab;
using Natflow.Lab.Offload;
using Natflow.Lab.Topology;
using Natflow.Management.Control;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Policy;

/// <summary>A script of the kernel module's operators against the sockets that stand for its devices, and dumps that are fed back.</summary>
public sealed partial class ScriptTests
{
    private const int ExitUsage = 2;
    private const int GotReset = 56; // Of curl.

    private static readonly string[] Devices = ["natflow_ctl", "natflow_zone_ctl", "natflow_user_ctl", "natflow_qos_ctl", "hostacl_ctl"];

    private static string Script => Path.Combine(AppContext.BaseDirectory, "Policy", "Scripts", "boot.sh");

    [LabFact("socat", "ipset", "curl", "ethtool")]
    public async Task Script_OfTheOriginal_RunsAndItsRulesHold_AndDumpsFedBackAreTheSame()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, OffloadLab.Engine);
        Curl(lab.A, "first.test", 0); // The user that the script finds in the listing.
        RunScript(lab);
        AssertDumps(lab);
        await AssertUser(lab);
        Curl(lab.A, "www.bad.test", GotReset);
        Curl(lab.A, "games.test", 0);
        Curl(lab.B, "good.test", 0);
        Assert.NotEqual(0, lab.B.TryRun($"curl -sS --max-time 3 -o /dev/null --resolve games.test:80:{LabPlan.HostX} http://games.test/").ExitCode);
        string[] before = [.. Devices.Select(device => Dump(lab, device))];
        RunScript(lab);
        Assert.Equal(before.Select(WithoutGeneration), Devices.Select(device => WithoutGeneration(Dump(lab, device))));
        foreach (string device in Devices)
            AssertFedBack(lab, device);
    }

    [LabFact("socat")]
    public async Task Line_ThatIsMalformed_IsRefusedByCtl_AndAnsweredAsTheOriginalOnTheSocket()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp);
        PolicyLab.Write(lab, "natflow_qos_ctl", "add user=10.0.0.10,rxbytes=1000000,txbytes=1000000");
        string before = Dump(lab, "natflow_qos_ctl");
        foreach ((string device, string line, string answer) in new[]
        {
            ("natflow_qos_ctl", "add user=10.0.0.1/33", "EINVAL"),
            ("natflow_ctl", "ifname_group_add=nosuch0", "ENOENT"),
            ("natflow_user_ctl", "auth id=1,szone=0,type=auto", "EINVAL"),
            ("natflow_userinfo_ctl", "kick 1.2.3.4", "ENOENT"),
            ("natflow_qos_ctl", "no such command", ""),
            ("hostacl_ctl", "add acl=99,1,a.test", ""),
            ("natflow_zone_ctl", "lan_zone 127=lan0", ""),
        })
        {
            CommandOutcome refused = Ctl(lab, device, $"'{line}'");
            Assert.True(refused.ExitCode == ExitUsage && refused.Error.Length > 10, $"{device} '{line}': {refused.ExitCode} {refused.Error}");
            CommandOutcome socket = lab.Gateway.TryRun(["sh", "-c", $"echo '{line}' | socat -t 5 - UNIX-CONNECT:{lab.RunDirectory}/{device}"]);
            Assert.Equal((0, answer), (socket.ExitCode, socket.Output.Trim()));
        }

        Assert.Equal(ExitUsage, Ctl(lab, "natflow_qos_ctl", "'add user=10.0.0.11' 'add user=10.0.0.1/33'").ExitCode); // All lines or none.
        Assert.Equal(before, Dump(lab, "natflow_qos_ctl"));
        Assert.Contains("no such command", lab.GatewayLog, StringComparison.Ordinal);
        Assert.Equal(ExitUsage, Ctl(lab, "natflow_ctrl", "debug=1").ExitCode);
    }

    [LabFact]
    public async Task Dump_OfManyHosts_IsFedBackWhole()
    {
        const int hosts = 20_000;
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp);
        string file = Path.Combine(lab.RunDirectory, "hosts");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, hosts).Select(static index => string.Create(CultureInfo.InvariantCulture, $"add acl=0,1,host{index}.blocked.example")));
        Feed(lab, "hostacl_ctl", file);
        Assert.Equal(hosts, Dump(lab, "hostacl_ctl").Split('\n').Count(static line => line.StartsWith("add acl=", StringComparison.Ordinal)));
        AssertFedBack(lab, "hostacl_ctl");
    }

    private static void RunScript(TestLab lab)
    {
        CommandOutcome outcome = lab.Gateway.TryRun(["env", $"DEV={lab.RunDirectory}", "sh", Script]);
        Assert.True(outcome.ExitCode == 0 && outcome.Output.Length == 0 && outcome.Error.Length == 0, $"{outcome.ExitCode} '{outcome.Output}' '{outcome.Error}'");
    }

    private static void AssertDumps(TestLab lab)
    {
        Assert.Contains("debug=3\n", Read(lab, "natflow_ctl"), StringComparison.Ordinal);
        Assert.Contains("ifname_group_add=lan0\nvline_add=lan0,wan0,ipv6\n", Read(lab, "natflow_ctl"), StringComparison.Ordinal);
        Assert.EndsWith("clean\n\nlan_zone 0=lan0\nwan_zone 1=wan0\nwan_zone 1=tun+\n", Read(lab, "natflow_zone_ctl"), StringComparison.Ordinal);
        Assert.EndsWith("\nauth id=0,szone=0,type=auto,sipgrp=auth_sipgrp_0,ipwhite=auth_ipwhite_0,macwhite=\n", Read(lab, "natflow_user_ctl"), StringComparison.Ordinal);
        Assert.Equal(2, Read(lab, "natflow_qos_ctl").Split('\n').Count(static line => line.StartsWith("add user=", StringComparison.Ordinal)));
        Assert.Contains("acl_action_default=accept\n", Read(lab, "hostacl_ctl"), StringComparison.Ordinal);
    }

    // Matched by a set that only the kernel has, limited by the script's last step.
    private static async Task AssertUser(TestLab lab)
    {
        await Until.Holds("the user is let in by the rule", () => Read(lab, "natflow_userinfo_ctl").Contains($"{LabPlan.HostA},", StringComparison.Ordinal)
            && UserLine().IsMatch(Read(lab, "natflow_userinfo_ctl")));
        UsersModel users = await lab.Ask($"/v1/users?address={LabPlan.HostA}", ControlJson.Default.UsersModel);
        Assert.Equal((2_621_440L * 8, 1_310_720L * 8), (users.Users.Single().LimitDown, users.Users.Single().LimitUp));
    }

    private static void AssertFedBack(TestLab lab, string device)
    {
        string file = Path.Combine(lab.RunDirectory, device + ".dump");
        string before = Dump(lab, device);
        File.WriteAllText(file, before);
        Feed(lab, device, file);
        Assert.Equal(before, Dump(lab, device));
    }

    private static void Feed(TestLab lab, string device, string file)
    {
        CommandOutcome outcome = lab.Gateway.TryRun(["sh", "-c", $"{string.Join(' ', TestLab.Natflow)} ctl {device} --run-dir {lab.RunDirectory} < {file}"]);
        Assert.True(outcome.ExitCode == 0, $"{device}: {outcome.ExitCode} {outcome.Error}");
    }

    private static CommandOutcome Ctl(TestLab lab, string device, string lines) =>
        lab.Gateway.TryRun(["sh", "-c", $"{string.Join(' ', TestLab.Natflow)} ctl {device} {lines} --run-dir {lab.RunDirectory}"]);

    private static string Dump(TestLab lab, string device) => PolicyLab.Natflow(lab, $"ctl {device} --dump");

    private static string Read(TestLab lab, string device) => lab.Gateway.Run($"socat -t 10 -u UNIX-CONNECT:{lab.RunDirectory}/{device} -");

    private static string WithoutGeneration(string dump) => Generation().Replace(dump, "");

    private static void Curl(LabHostShell host, string name, int exitCode) =>
        Assert.Equal(exitCode, host.TryRun($"curl -sS --max-time 10 -o /dev/null --resolve {name}:80:{LabPlan.HostX} http://{name}/").ExitCode);

    [GeneratedRegex("auth_conf_magic=[0-9]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Generation();

    [GeneratedRegex(@"^10\.0\.0\.10,[0-9a-f:]{17},0x1,0x1,0,", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserLine();
}
