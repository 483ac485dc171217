using System.CommandLine;
using System.Net;
using Natflow.Cli.Control;
using Natflow.Core;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Management.Api;
using Natflow.Management.Api.Models;

namespace Natflow.Cli.Audit;

/// <summary><c>natflow audit who</c>.</summary>
internal static class WhoCommand
{
    private static readonly Argument<IPEndPoint?> Endpoint = new("IP:PORT")
    {
        Description = "A public address and port.",
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (IPEndPoint.TryParse(text, out IPEndPoint? endpoint) && endpoint.Port != 0 && Ipv4Prefix.TryParseAddress(text.Split(':')[0], out _))
                return endpoint;
            result.AddError($"'{text}' is no endpoint such as 203.0.113.7:40123");
            return null;
        },
    };

    private static readonly Option<long?> At = AuditOptions.Time("--at", "When; default is now.");

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("who", "Say who had a public endpoint at a time.") { Endpoint, At, AuditOptions.Journal, AuditOptions.Config, AuditOptions.Json };
        command.SetAction(static parsed => AuditOptions.Guard(parsed, place => Run(parsed, place)));
        return command;
    }

    private static int Run(ParseResult parsed, AuditPlace place)
    {
        IPEndPoint endpoint = parsed.GetValue(Endpoint)!;
        long at = parsed.GetValue(At) ?? TimeProvider.System.GetUtcNow().UtcTicks;
        if (place.ClusterRunDirectory is { } runDirectory && AskCluster(runDirectory, endpoint, at) is { } found)
        {
            Show(parsed, found);
            return ExitCode.Done;
        }

        place.RecordQuestion($"who {parsed.GetValue(Endpoint)}{AuditPlace.Text("at", parsed.GetValue(At))}");
        using IJournalReader reader = place.Location.OpenReader();
        AuditQueries queries = place.Queries(reader);
        WhoAnswer answer = queries.Who(endpoint.Address.ToString(), endpoint.Port, at);
        UserState? user = answer.User is { } address ? queries.UserAt(address, answer.Zone, at) : null;
        Show(parsed, answer with { Mac = user?.Mac, Login = user?.Login });
        return ExitCode.Done;
    }

    // The gateway puts the question on record, and to its peers.
    private static WhoAnswer? AskCluster(string runDirectory, IPEndPoint endpoint, long at)
    {
        using var client = new ControlClient(runDirectory);
        try
        {
            AuditWhoModel answer = client.Get($"/api/v1/audit/who?address={endpoint.Address}&port={endpoint.Port}&at={Uri.EscapeDataString(AuditTime.Text(at))}", ApiJson.Default.AuditWhoModel)
                .GetAwaiter().GetResult();
            if (answer.Silent.Count != 0)
                Terminal.Warn($"{string.Join(", ", answer.Silent)} did not answer: what only they have on record is missing");
            return new WhoAnswer(answer.Public, answer.Port, answer.At, answer.User, answer.Zone, answer.FirstPort, answer.PortCount, answer.Since, answer.Until, answer.Basis, answer.Event);
        }
        catch (ControlException failure)
        {
            Terminal.Warn($"{failure.Message}: this node's journal alone is asked");
            return null;
        }
    }

    private static void Show(ParseResult parsed, WhoAnswer answer) => Console.Out.WriteLine(parsed.GetValue(AuditOptions.Json) ? answer.ToJson() : Words(answer));

    private static string Words(WhoAnswer answer) => $"{answer.Public}:{answer.Port} at {answer.At}: {(answer.User is null ? Nobody(answer) : Holder(answer))}";

    private static string Holder(WhoAnswer answer)
    {
        string known = (answer.Mac is null ? string.Empty : $", MAC {answer.Mac}") + (answer.Login is null ? string.Empty : $", login {answer.Login}");
        string time = $"{(answer.Since is null ? "since before the journal begins" : $"since {answer.Since}")} {(answer.Until is null ? "until now" : $"until {answer.Until}")}";
        string source = answer.Event is null ? answer.Basis : $"{answer.Basis}, event {answer.Event}";
        return $"{answer.User} (zone {answer.Zone}{known}), ports {answer.FirstPort} to {answer.FirstPort + answer.PortCount - 1} {time}; basis: {source}";
    }

    private static string Nobody(WhoAnswer answer) => answer.NextUser is null
        ? "nobody on record; natflow audit status says of which times there is a record"
        : $"nobody on record; {answer.NextUser} got it at {answer.NextSince}";
}
