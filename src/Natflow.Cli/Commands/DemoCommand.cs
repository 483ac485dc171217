using System.CommandLine;
using System.Globalization;
using Natflow.Cli.Demo;
using Natflow.Cli.Lab;
using Natflow.Cli.Output;
using Natflow.Host.Lab;
using Natflow.Host.Replay;
using Natflow.Ports.Pcap;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow demo</c>: a minute of a synthetic office through the gateway, shown as tables; for root, real clients through a live gateway after it.</summary>
internal static class DemoCommand
{
    private static readonly Option<string?> Out = new("--out")
    {
        Description = "Keep in this folder: office.pcap, as recorded inside; wan.pcap, as sent and received outside; urls.tsv, what was visited.",
        HelpName = "FOLDER",
    };

    private static readonly Option<bool> NoLab = new("--no-lab") { Description = "Leave out the live gateway between network namespaces, which root gets as well." };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("demo", "See it work: a synthetic office of 200 subscribers behind the gateway; as root, real clients behind a live one too.") { Out, NoLab };
        command.SetAction(static (parsed, _) => LabCommand.Guard(end => Run(parsed, end)));
        return command;
    }

    private static async Task<int> Run(ParseResult parsed, CancellationToken end)
    {
        int office = await Run(parsed.GetValue(Out));
        if (office != ExitCode.Done || parsed.GetValue(NoLab))
            return office;
        if (!Environment.IsPrivilegedProcess)
        {
            Terminal.Out.MarkupLine("As root, natflow demo sends real clients through a live gateway too.");
            return office;
        }

        try
        {
            return await LabDemo.Run(new LabOptions(string.Create(CultureInfo.InvariantCulture, $"demo{Environment.ProcessId}")), end);
        }
        catch (LabException error)
        {
            Terminal.Warn($"the live gateway is left out: {error.Message}");
            return office;
        }
    }

    private static async Task<int> Run(string? keptFolder)
    {
        string folder = keptFolder ?? Path.Combine(Path.GetTempPath(), $"natflow-demo-{Environment.ProcessId}");
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Terminal.Error($"--out {folder}: {exception.Message}");
            return ExitCode.Failed;
        }

        try
        {
            return await Run(folder, keptFolder is not null);
        }
        finally
        {
            if (keptFolder is null)
                Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<int> Run(string folder, bool isKept)
    {
        string recorded = Path.Combine(folder, "office.pcap");
        OfficeLog log = OfficeTraffic.Make();
        if (!PcapWriter.TryCreate(recorded, out PcapWriter? writer, out CaptureError? error))
        {
            Terminal.Error(error.ToString());
            return ExitCode.Failed;
        }

        using (writer)
            log.WriteTo(writer);
        var options = new ReplayOptions
        {
            Captures = [recorded],
            LanPrefixes = [OfficePlan.Lan],
            PublicAddresses = OfficePlan.PublicAddresses,
            PortForwards = [OfficePlan.Forward],
            OutputPath = Path.Combine(folder, "wan.pcap"),
            UrlLogPath = Path.Combine(folder, "urls.tsv"),
        };
        (ReplayOutcome? outcome, CaptureError? outputError) = await ReplayProgress.Show(new ReplayRun(options));
        if (outcome is null)
        {
            Terminal.Error(outputError!.ToString());
            return ExitCode.Failed;
        }

        ReplayMessages.Print(outcome, options);
        DemoTables.Print(log, outcome, options, VisitedName.Read(options.UrlLogPath), isKept);
        return outcome.IsWhole ? ExitCode.Done : ExitCode.Failed;
    }
}
