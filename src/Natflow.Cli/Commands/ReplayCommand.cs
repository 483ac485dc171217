using System.CommandLine;
using Natflow.Cli.Output;
using Natflow.Core;
using Natflow.Host.Replay;
using Natflow.Ports.Pcap;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow replay</c>: captures through a whole gateway.</summary>
internal static class ReplayCommand
{
    // A prefix that holds all the public addresses is one mistake, not one for each.
    private const int MistakesMax = 4;

    private static readonly Argument<string[]> Captures = MakeCaptures();

    private static readonly Option<IReadOnlyList<Ipv4Prefix>> Lan = CidrOption.Lan();

    private static readonly Option<IReadOnlyList<uint>?> Public = CidrOption.Public();

    private static readonly Option<bool> Observe = new("--observe") { Description = "Inspect and classify, translate nothing." };

    private static readonly Option<string?> Out = new("--out")
    {
        Description = "Write what the gateway sends, and the answers as they were on the WAN, to a capture.",
        HelpName = "FILE.pcap",
    };

    private static readonly Option<string?> UrlLog = new("--url-log") { Description = "Write a row for each request, ClientHello and DNS question.", HelpName = "FILE.tsv" };

    private static readonly Option<string?> Apps = new("--apps") { Description = "Write a row for each flow: its protocol, application and category.", HelpName = "FILE.tsv" };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("replay", "Send captures through a gateway: RX actor, flow actor, NAT, TX.")
        {
            Captures, Lan, Public, Observe, Out, UrlLog, Apps, Json,
        };
        command.SetAction(static (parsed, _) => Run(parsed));
        return command;
    }

    // A mistyped option must not pass for a file that is not there.
    private static Argument<string[]> MakeCaptures()
    {
        var captures = new Argument<string[]>("CAPTURE") { Description = "pcap or pcapng files, in order.", Arity = ArgumentArity.OneOrMore };
        captures.Validators.Add(static result =>
        {
            foreach (var token in result.Tokens.Where(static token => token.Value.StartsWith('-')))
                result.AddError($"'{token.Value}' is no option of replay; a file of that name is ./{token.Value}");
        });
        return captures;
    }

    private static async Task<int> Run(ParseResult parsed)
    {
        var options = new ReplayOptions
        {
            Captures = parsed.GetValue(Captures)!,
            LanPrefixes = parsed.GetValue(Lan)!,
            PublicAddresses = parsed.GetValue(Public) ?? ReplayOptions.DefaultPublicAddresses,
            Observe = parsed.GetValue(Observe),
            OutputPath = parsed.GetValue(Out),
            UrlLogPath = parsed.GetValue(UrlLog),
            AppsPath = parsed.GetValue(Apps),
        };
        return await Run(options, parsed.GetValue(Json));
    }

    private static async Task<int> Run(ReplayOptions options, bool json)
    {
        IReadOnlyList<string> mistakes = ReplayRun.Validate(options);
        foreach (string mistake in mistakes.Take(MistakesMax))
            Terminal.Error(mistake);
        if (mistakes.Count > MistakesMax)
            Terminal.Error($"and {mistakes.Count - MistakesMax} more like these");
        if (mistakes.Count > 0)
            return ExitCode.Usage;

        (ReplayOutcome? outcome, CaptureError? error) = await ReplayProgress.Show(new ReplayRun(options));
        if (outcome is null)
        {
            Terminal.Error($"{OptionOf(error!.File, options)} {error}");
            return ExitCode.Failed;
        }

        ReplayMessages.Print(outcome, options);
        bool nothingRead = outcome.Report.PacketCount == 0 && outcome.Errors.Count > 0;
        if (json)
            Console.Out.WriteLine(ReplayJson.Format(outcome));
        else if (!nothingRead)
            ReplayTables.Print(outcome, options);
        return outcome.IsWhole ? ExitCode.Done : ExitCode.Failed;
    }

    private static string OptionOf(string file, ReplayOptions options)
    {
        if (file == options.UrlLogPath)
            return UrlLog.Name;
        return file == options.AppsPath ? Apps.Name : Out.Name;
    }
}
