using System.CommandLine;
using System.Text.Json;
using Natflow.Cli.Doctor;
using Natflow.Host.Settings;
using Natflow.Netlink;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow doctor</c>: whether the machine is fit for the gateway, and what to do where it is not.</summary>
internal static class DoctorCommand
{
    private static readonly Option<string?> Config = new("--config") { Description = "Check what this configuration needs, too.", HelpName = "FILE" };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    private static readonly Option<string> Root = new("--root") { Description = "Read /proc and /sys below this directory.", HelpName = "DIR", DefaultValueFactory = static _ => "/", Hidden = true };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("doctor", "Check kernel, capabilities, limits, clock, disk and interfaces, and say what to do.") { Config, Json, Root };
        command.SetAction(static (parsed, _) => Task.FromResult(Run(parsed.GetValue(Config), parsed.GetValue(Json), parsed.GetValue(Root)!)));
        return command;
    }

    private static int Run(string? configPath, bool isJson, string root)
    {
        var findings = new List<DoctorFinding>(new MachineChecks(root).Run());
        if (configPath is null)
            findings.Add(MachineChecks.Disk("/var/lib/natflow"));
        else
            findings.AddRange(OfConfiguration(configPath, root));
        if (isJson)
            Console.Out.WriteLine(JsonSerializer.Serialize(findings, DoctorJson.Default.ListDoctorFinding));
        else
            Print(findings);
        return findings.Exists(static finding => finding.Grade == DoctorGrade.Fail) ? ExitCode.Failed : ExitCode.Done;
    }

    private static IEnumerable<DoctorFinding> OfConfiguration(string path, string root)
    {
        SettingsResult loaded = SettingsLoader.Load(path);
        foreach (SettingsError error in loaded.Errors)
            yield return new DoctorFinding("configuration", DoctorGrade.Fail, error.ToString(), "'natflow check-config' says the same.");
        if (loaded.Settings is not { } settings)
            yield break;
        yield return new DoctorFinding("configuration", DoctorGrade.Ok, path);
        yield return MachineChecks.Disk(settings.Gateway.StateDirectory);
        bool isRedirecting = settings.Offload.Engine == OffloadEngine.Xdp && root == "/"; // The kernel is asked, which another root is not.
        var interfaces = new InterfaceChecks(root, settings.Workers.Count, isRedirecting ? VethPeer.Look : null);
        IEnumerable<string> names = settings.Ports.Lan.Select(static port => port.Interface).Concat(settings.Ports.Wan.Select(static port => port.Interface));
        foreach (DoctorFinding finding in names.SelectMany(interfaces.Run))
            yield return finding;
    }

    private static void Print(List<DoctorFinding> findings)
    {
        foreach (DoctorFinding finding in findings)
        {
            (string color, string mark) = finding.Grade switch
            {
                DoctorGrade.Ok => ("green", "✓"),
                DoctorGrade.Warn => ("yellow", "!"),
                _ => ("red", "✗"),
            };
            Terminal.Out.Markup($"[{color}]{mark}[/] ");
            Terminal.Out.MarkupLineInterpolated($"[bold]{finding.Name}[/]: {finding.Detail}");
            if (finding.Advice.Length != 0)
                Terminal.Out.WriteLine($"  {finding.Advice}");
        }

        int failed = findings.Count(static finding => finding.Grade == DoctorGrade.Fail);
        Terminal.Out.WriteLine(failed == 0 ? "The machine is fit." : $"{failed} of {findings.Count} checks failed.");
    }
}
