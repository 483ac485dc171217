using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Natflow.Cli.Lab;
using Natflow.Cli.Output;
using Natflow.Host.Lab;
using Natflow.Host.Lab.Cluster;
using Natflow.Host.Lab.Servers;
using Spectre.Console;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow lab up|status|demo|bench|down</c>: a gateway between network namespaces on this machine.</summary>
internal static class LabCommand
{
    private static readonly Option<string> Name = new("--name")
    {
        Description = "Name of the lab: several can stand side by side.",
        HelpName = "NAME",
        DefaultValueFactory = static _ => LabOptions.NameDefault,
    };

    private static readonly Option<string> Mode = MakeMode();

    private static readonly Option<string?> Config = new("--config")
    {
        Description = "Configuration of the gateway instead of the lab's own; its interfaces are lan0 and wan0.",
        HelpName = "FILE",
    };

    private static readonly Option<int> Nodes = new("--nodes")
    {
        Description = "Gateways: 1, or 2 or 3 as a cluster with an etcd of three members, and PostgreSQL for their journals where that is installed.",
        HelpName = "N",
        DefaultValueFactory = static _ => 1,
    };

    private static readonly Option<bool> Foreground = new("--foreground") { Description = "Stay until Ctrl-C, then remove the lab." };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    private static readonly Argument<string> ReadyFile = new("FILE") { Description = "Made when all servers listen." };

    /// <summary>The command with its subcommands.</summary>
    internal static Command Make()
    {
        var up = new Command("up", "Build the lab: hosts, the gateway, servers outside.") { Name, Mode, Config, Nodes, Foreground };
        up.SetAction(static (parsed, _) => Guard(end => Up(parsed, end)));
        var status = new Command("status", "Show the lab: what is up, addresses, how to get in.") { Name, Json };
        status.SetAction(static (parsed, _) => Guard(_ => Status(parsed)));
        var demo = new Command("demo", "Send real clients through the gateway and show what it saw; builds the lab if it is down.") { Name, Mode };
        demo.SetAction(static (parsed, _) => Guard(end => LabDemo.Run(OptionsOf(parsed), end)));
        var down = new Command("down", "Remove the lab, whatever state it is in.") { Name };
        down.SetAction(static (parsed, _) => Guard(_ => Down(parsed)));
        var serve = new Command("serve", "Run the servers of an outside host.") { ReadyFile };
        serve.Hidden = true;
        serve.SetAction(static (parsed, _) => Guard(end => Serve(parsed.GetValue(ReadyFile)!, end)));
        return new Command("lab", "A gateway between network namespaces on this machine, with hosts and servers. Needs root.") { up, status, demo, LabBenchCommand.Make(), down, serve };
    }

    /// <summary>Runs something that a signal ends; what goes wrong becomes a message and an exit code.</summary>
    internal static async Task<int> Guard(Func<CancellationToken, Task<int>> run)
    {
        using var end = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        try
        {
            return await run(end.Token);
        }
        catch (LabException error)
        {
            Terminal.Error(error.Message);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            Terminal.Error("stopped; nothing is left behind");
            return ExitCode.Failed;
        }

        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = true;
            end.Cancel();
        }
    }

    private static Option<string> MakeMode()
    {
        var option = new Option<string>("--mode")
        {
            Description = "How the gateway reaches its interfaces: auto, af_xdp or af_packet.",
            HelpName = "MODE",
            DefaultValueFactory = static _ => "auto",
        };
        option.AcceptOnlyFromAmong("auto", "af_xdp", "af_packet");
        return option;
    }

    private static LabOptions OptionsOf(ParseResult parsed) => new(parsed.GetValue(Name)!)
    {
        Mode = parsed.GetValue(Mode) switch
        {
            "af_xdp" => LabMode.AfXdp,
            "af_packet" => LabMode.AfPacket,
            _ => LabMode.Auto,
        },
    };

    private static async Task<int> Up(ParseResult parsed, CancellationToken end)
    {
        LabOptions options = OptionsOf(parsed);
        var lab = new LabRun(options with { ConfigPath = parsed.GetValue(Config) }, TimeProvider.System);
        if (parsed.GetValue(Nodes) != 1)
        {
            var cluster = new ClusterLab(new ClusterLabOptions(options.Name, parsed.GetValue(Nodes)) { Mode = options.Mode, HasDatabase = ClusterLab.IsPostgreSqlInstalled }, TimeProvider.System);
            await cluster.Up(end, LabProgress.Show);
            LabTables.Print(cluster.Status());
        }
        else
        {
            await lab.Up(end, LabProgress.Show);
            LabTables.Print(lab.Status());
        }

        if (!parsed.GetValue(Foreground))
            return ExitCode.Done;
        try
        {
            Terminal.Out.WriteLine("Ctrl-C removes it.");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end);
        }
        catch (OperationCanceledException)
        {
            // The end that was asked for.
        }
        finally
        {
            lab.Down();
        }

        return ExitCode.Done;
    }

    private static Task<int> Status(ParseResult parsed)
    {
        string name = parsed.GetValue(Name)!;
        LabStatus status = ClusterLab.FindNodes(name) is > 1 and int nodes
            ? new ClusterLab(new ClusterLabOptions(name, nodes), TimeProvider.System).Status()
            : new LabRun(OptionsOf(parsed), TimeProvider.System).Status();
        if (parsed.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(status, LabJson.Default.LabStatus));
        else
            LabTables.Print(status);
        return Task.FromResult(status.State == "up" ? ExitCode.Done : ExitCode.Failed);
    }

    private static Task<int> Down(ParseResult parsed)
    {
        var lab = new LabRun(OptionsOf(parsed), TimeProvider.System);
        bool wasThere = lab.Status().State != "down" || lab.HasLeftovers;
        lab.Down();
        Terminal.Out.WriteLine(wasThere ? $"lab {lab.Names.Lab} is removed" : $"there was no lab {lab.Names.Lab}");
        return Task.FromResult(ExitCode.Done);
    }

    private static async Task<int> Serve(string readyFile, CancellationToken end)
    {
        await LabServers.Run(() => File.WriteAllText(readyFile, string.Empty), end);
        return ExitCode.Done;
    }
}
