using System.Globalization;
using Natflow.Cli.Control;
using Natflow.Cli.Output;
using Natflow.Host.Lab;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Lab;

/// <summary><c>natflow lab demo</c>: real clients behind the gateway, and what the gateway saw of them.</summary>
internal static class LabDemo
{
    private const int ShownRows = 40;

    private static readonly (string Host, string What, string[] Command)[] Clients =
    [
        ("a", "ping", ["ping", "-c", "2", "-i", "0.2", "-W", "2", LabPlan.HostX]),
        ("a", "HTTP", ["curl", "-sS", "--max-time", "5", $"http://{LabPlan.HostX}/"]),
        ("a", "HTTPS", ["curl", "-sSk", "--max-time", "5", $"https://{LabPlan.HostX2}/"]),
        ("a", "10 MB by HTTP", ["curl", "-sS", "--max-time", "10", "-o", "/dev/null", "-w", "%{http_code}, %{size_download} bytes at %{speed_download} bytes/s", $"http://{LabPlan.HostY}/bytes/10000000"]),
        ("a", "DNS over UDP", ["dig", "+short", "+time=2", "+tries=1", $"@{LabPlan.HostX}", LabPlan.DnsName, "TXT"]),
        ("b", "DNS over TCP", ["dig", "+short", "+tcp", "+time=2", "+tries=1", $"@{LabPlan.HostX}", LabPlan.DnsName, "TXT"]),
        ("b", "FTP, passive", ["curl", "-sS", "--max-time", "5", $"ftp://{LabPlan.HostX}/hello.txt"]),
        ("b", "FTP, active", ["lftp", "-e", "set net:timeout 5; set net:max-retries 1; set ftp:passive-mode off; cat hello.txt; bye", LabPlan.HostY]),
        ("b", "HTTP, IPv6", ["curl", "-sS", "--max-time", "5", $"http://[{LabPlan.HostX6}]/"]),
    ];

    /// <summary>Runs the clients; builds the lab before, and removes it after, if it is down.</summary>
    internal static async Task<int> Run(LabOptions options, CancellationToken end)
    {
        var lab = new LabRun(options, TimeProvider.System);
        bool isOurs = lab.Status().State != "up";
        if (isOurs)
            await lab.Up(end, LabProgress.Show);
        try
        {
            return await Show(lab, end);
        }
        finally
        {
            if (isOurs)
                lab.Down();
        }
    }

    private static async Task<int> Show(LabRun lab, CancellationToken end)
    {
        LabStatus status = lab.Status();
        int failures = PrintClients(status, end);
        using var client = new ControlClient(lab.RunDirectory);
        try
        {
            PrintMappings(await client.Get($"/v1/mappings?limit={ShownRows}", ControlJson.Default.MappingsModel));
            PrintFlows(await client.Get($"/v1/flows?limit={ShownRows}", ControlJson.Default.FlowsModel));
            CountersModel counters = await client.Get("/v1/counters", ControlJson.Default.CountersModel);
            Terminal.Out.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"translated {counters.TranslatedOut:N0} packets out and {counters.TranslatedIn:N0} in, {counters.TranslatedBytes:N0} bytes; dropped {(counters.Drops.Count == 0 ? "none" : string.Join(", ", counters.Drops.Select(static drop => $"{drop.Value} {drop.Key}")))}");
        }
        catch (ControlException error)
        {
            Terminal.Error(error.Message);
            return ExitCode.Failed;
        }

        return failures == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static int PrintClients(LabStatus status, CancellationToken end)
    {
        Terminal.Out.Write(new Rule("[bold]Clients inside, servers outside[/]").LeftJustified());
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("host", "what", "ends with", "says");
        int failures = 0;
        foreach ((string host, string what, string[] command) in Clients)
        {
            end.ThrowIfCancellationRequested();
            if (!LabShell.IsInstalled(command[0]))
            {
                table.AddRow(host, what, "-", $"{command[0]} is not installed");
                continue;
            }

            string name = status.Hosts.First(candidate => candidate.Host == host).Namespace;
            (int exitCode, string output) = LabShell.Run(name, command);
            failures += exitCode == 0 ? 0 : 1;
            table.AddRow(host, what, exitCode == 0 ? "[green]0[/]" : $"[red]{exitCode}[/]", Markup.Escape(LastLine(output)));
        }

        Terminal.Out.Write(table);
        return failures;
    }

    private static void PrintMappings(MappingsModel model)
    {
        Terminal.Out.Write(new Rule("[bold]What the gateway saw[/]").LeftJustified());
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("mapping", "inside", "public", "flows");
        foreach (MappingModel mapping in model.Mappings)
            table.AddTextRow(mapping.Protocol, mapping.Inside, mapping.External, mapping.Uses.ToString(CultureInfo.InvariantCulture));
        Terminal.Out.Write(table);
    }

    private static void PrintFlows(FlowsModel model)
    {
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("flow", "inside", "public", "remote", "state", "packets out", "packets in", "bytes in");
        foreach (FlowModel flow in model.Flows)
        {
            table.AddTextRow(
                flow.Protocol, flow.Inside, flow.External, flow.Remote, flow.State,
                Figure(flow.PacketsOut), Figure(flow.PacketsIn), Figure(flow.BytesIn));
        }

        Terminal.Out.Write(table);
    }

    private static string LastLine(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? string.Empty;

    private static string Figure(ulong value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
