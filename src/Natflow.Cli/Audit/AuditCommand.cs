using System.CommandLine;
using System.Globalization;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;

namespace Natflow.Cli.Audit;

/// <summary><c>natflow audit</c>: questions to the journal.</summary>
internal static class AuditCommand
{
    private static readonly Argument<string> User = AuditOptions.Address();
    private static readonly Option<long?> At = AuditOptions.Time("--at", "When; default is now.");
    private static readonly Option<long?> From = AuditOptions.Time("--from", "Begin; default is the oldest event.");
    private static readonly Option<long?> To = AuditOptions.Time("--to", "End; default is now.");
    private static readonly Option<double?> Speed = MakeSpeed();

    /// <summary>The command with its subcommands.</summary>
    internal static Command Make() => new("audit", "Ask the journal: who, what, when; verify and export it.")
    {
        WhoCommand.Make(),
        Ordered(With(new Command("user", "Show what is on record about a subscriber.") { User, From, To }, ShowUser)),
        With(new Command("state", "Show subscribers, policies and port blocks as they were.") { At }, ShowState),
        Ordered(With(new Command("replay", "Print all events of a time, in order.") { From, To, Speed }, Replay)),
        With(new Command("status", "Show what the journal holds: its size, its time, and where each stream begins and ends."), JournalSummary.Print),
        With(new Command("verify", "Follow the hash chains; name every event that was removed, changed, reordered or inserted."), Verify),
        ExportCommand.Make(),
        RetainCommand.Make(),
        With(new Command("erase", "Erase what is on record about a subscriber; the chains still verify. A running gateway spills its events meanwhile.") { User }, Erase),
    };

    private static Command Ordered(Command command)
    {
        AuditOptions.CheckOrder(command, From, To);
        return command;
    }

    private static Option<double?> MakeSpeed()
    {
        var option = new Option<double?>("--speed") { Description = "1 replays at the speed of then, 10 ten times as fast; default is at once.", HelpName = "FACTOR" };
        option.Validators.Add(static result =>
        {
            if (result.Tokens.Count != 0 && !(double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) && factor > 0 && double.IsFinite(factor)))
                result.AddError($"--speed: '{result.Tokens[0].Value}' is no factor above 0");
        });
        return option;
    }

    private static Command With(Command command, Func<ParseResult, AuditPlace, int> run)
    {
        command.Add(AuditOptions.Journal);
        command.Add(AuditOptions.Config);
        command.Add(AuditOptions.Json);
        command.SetAction(parsed => AuditOptions.Guard(parsed, place => run(parsed, place)));
        return command;
    }

    private static int ShowUser(ParseResult parsed, AuditPlace place)
    {
        place.RecordQuestion($"user {parsed.GetValue(User)}{AuditPlace.Text("from", parsed.GetValue(From))}{AuditPlace.Text("to", parsed.GetValue(To))}");
        using IJournalReader reader = place.Location.OpenReader();
        string user = parsed.GetValue(User)!;
        bool isJson = parsed.GetValue(AuditOptions.Json);
        long count = 0;
        foreach ((JournalEntry entry, IJournalEvent _) in place.Queries(reader).User(user, parsed.GetValue(From) ?? 1, parsed.GetValue(To) ?? DateTime.MaxValue.Ticks))
        {
            Console.Out.WriteLine(isJson ? EventLine.Format(entry) : EventWords.Format(entry, user));
            count++;
        }

        if (!isJson)
            Console.Error.WriteLine(Total(user, count));
        return ExitCode.Done;
    }

    private static string Total(string user, long count) => count == 0
        ? $"nothing is on record about {user} of that time; natflow audit status says of which times there is"
        : string.Create(CultureInfo.InvariantCulture, $"{count:N0} events about {user}; times are UTC");

    private static int ShowState(ParseResult parsed, AuditPlace place)
    {
        place.RecordQuestion($"state{AuditPlace.Text("at", parsed.GetValue(At))}");
        using IJournalReader reader = place.Location.OpenReader();
        GatewayState state = place.Queries(reader).StateAt(parsed.GetValue(At) ?? DateTime.MaxValue.Ticks);
        var model = GatewayStateModel.Of(state);
        if (parsed.GetValue(AuditOptions.Json))
            Console.Out.WriteLine(model.ToJson());
        else
            StateTables.Print(model);
        return ExitCode.Done;
    }

    private static int Replay(ParseResult parsed, AuditPlace place)
    {
        place.RecordQuestion($"replay{AuditPlace.Text("from", parsed.GetValue(From))}{AuditPlace.Text("to", parsed.GetValue(To))}");
        using IJournalReader reader = place.Location.OpenReader();
        double speed = parsed.GetValue(Speed) ?? 0;
        long before = 0;
        using var never = new ManualResetEventSlim();
        foreach (JournalEntry entry in place.Queries(reader).Replay(parsed.GetValue(From) ?? 1, parsed.GetValue(To) ?? DateTime.MaxValue.Ticks))
        {
            if (speed > 0 && before != 0)
                never.Wait(TimeSpan.FromTicks((long)Math.Clamp((entry.CreatedTicks - before) / speed, 0, TimeSpan.TicksPerDay)));
            before = entry.CreatedTicks;
            Console.Out.WriteLine(EventLine.Format(entry));
        }

        return ExitCode.Done;
    }

    private static int Verify(ParseResult parsed, AuditPlace place)
    {
        using IJournalReader reader = place.Location.OpenReader(computesDigests: true);
        (long count, IReadOnlyList<ChainFinding> findings) = ChainVerifier.VerifyAll(reader);
        if (parsed.GetValue(AuditOptions.Json))
        {
            Console.Out.WriteLine(AuditJson.Format(count, findings));
            return findings.Count == 0 ? ExitCode.Done : ExitCode.Failed;
        }

        foreach (ChainFinding finding in findings)
            Console.Out.WriteLine(finding);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count:N0} events, {findings.Count} findings"));
        return findings.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static int Erase(ParseResult parsed, AuditPlace place)
    {
        SubjectErased erased;
        using (IJournalStore store = place.Location.Open())
        using (IJournalReader reader = place.Location.OpenReader(computesDigests: true))
        {
            erased = SubjectErasure.Run(store, reader, EventCatalogue.Default, parsed.GetValue(User)!);
            AuditPlace.Record(store, erased);
        }

        Console.Out.WriteLine(parsed.GetValue(AuditOptions.Json) ? AuditJson.Format("erased", erased.Count) : string.Create(CultureInfo.InvariantCulture, $"{erased.Count} events erased"));
        return ExitCode.Done;
    }
}
