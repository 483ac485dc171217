using System.CommandLine;
using System.Globalization;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;
using Natflow.Journal.Writing;

namespace Natflow.Cli.Audit;

/// <summary><c>natflow audit</c>: questions to the journal.</summary>
internal static class AuditCommand
{
    private static readonly Argument<string> User = new("ADDR") { Description = "The subscriber's address." };
    private static readonly Option<long?> At = AuditOptions.Time("--at", "When; default is now.");
    private static readonly Option<long?> From = AuditOptions.Time("--from", "Begin; default is the oldest event.");
    private static readonly Option<long?> To = AuditOptions.Time("--to", "End; default is now.");
    private static readonly Option<double?> Speed = new("--speed") { Description = "1 replays at the speed of then, 10 ten times as fast; default is at once.", HelpName = "FACTOR" };

    /// <summary>The command with its subcommands.</summary>
    internal static Command Make() => new("audit", "Ask the journal: who, what, when; verify and export it.")
    {
        WhoCommand.Make(),
        With(new Command("user", "Show what is on record about a subscriber.") { User, From, To }, ShowUser),
        With(new Command("state", "Show subscribers, policies and port blocks as they were.") { At }, ShowState),
        With(new Command("replay", "Print all events of a time, in order.") { From, To, Speed }, Replay),
        With(new Command("verify", "Follow the hash chains; name every event that was removed, changed, reordered or inserted."), Verify),
        ExportCommand.Make(),
        With(new Command("erase", "Erase what is on record about a subscriber; the chains still verify. Stop the gateway first.") { User }, Erase),
    };

    private static Command With(Command command, Func<ParseResult, JournalLocation, int> run)
    {
        command.Add(AuditOptions.Journal);
        command.Add(AuditOptions.Config);
        command.Add(AuditOptions.Json);
        command.SetAction(parsed => AuditOptions.Guard(parsed, location => run(parsed, location)));
        return command;
    }

    private static int ShowUser(ParseResult parsed, JournalLocation location)
    {
        using IJournalReader reader = location.OpenReader();
        foreach ((JournalEntry entry, IJournalEvent _) in new AuditQueries(reader, EventCatalogue.Default).User(parsed.GetValue(User)!, parsed.GetValue(From) ?? 1, parsed.GetValue(To) ?? DateTime.MaxValue.Ticks))
            Print(parsed, entry);
        return ExitCode.Done;
    }

    private static int ShowState(ParseResult parsed, JournalLocation location)
    {
        using IJournalReader reader = location.OpenReader();
        GatewayState state = new AuditQueries(reader, EventCatalogue.Default).StateAt(parsed.GetValue(At) ?? DateTime.MaxValue.Ticks);
        var model = GatewayStateModel.Of(state);
        if (parsed.GetValue(AuditOptions.Json))
            Console.Out.WriteLine(model.ToJson());
        else
            StateTables.Print(model);
        return ExitCode.Done;
    }

    private static int Replay(ParseResult parsed, JournalLocation location)
    {
        using IJournalReader reader = location.OpenReader();
        double speed = parsed.GetValue(Speed) ?? 0;
        long before = 0;
        using var never = new ManualResetEventSlim();
        foreach (JournalEntry entry in new AuditQueries(reader, EventCatalogue.Default).Replay(parsed.GetValue(From) ?? 1, parsed.GetValue(To) ?? DateTime.MaxValue.Ticks))
        {
            if (speed > 0 && before != 0)
                never.Wait(TimeSpan.FromTicks((long)Math.Clamp((entry.CreatedTicks - before) / speed, 0, TimeSpan.TicksPerDay)));
            before = entry.CreatedTicks;
            Console.Out.WriteLine(EventLine.Format(entry));
        }

        return ExitCode.Done;
    }

    private static int Verify(ParseResult parsed, JournalLocation location)
    {
        using IJournalReader reader = location.OpenReader(computesDigests: true);
        (long count, IReadOnlyList<ChainFinding> findings) = ChainVerifier.VerifyAll(reader);
        foreach (ChainFinding finding in findings)
            Console.Out.WriteLine(finding);
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count:N0} events, {findings.Count} findings"));
        return findings.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static int Erase(ParseResult parsed, JournalLocation location)
    {
        SubjectErased erased;
        using (IJournalStore store = location.Open())
        using (IJournalReader reader = location.OpenReader(computesDigests: true))
            erased = SubjectErasure.Run(store, reader, EventCatalogue.Default, parsed.GetValue(User)!);
        Record(location, erased);
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{erased.Count} events erased"));
        return ExitCode.Done;
    }

    private static void Record(JournalLocation location, SubjectErased erased)
    {
        string spill = Path.Combine(Path.GetTempPath(), $"natflow-audit-{Environment.ProcessId}.spill");
        using (var writer = new JournalWriter(location.Open, EventCatalogue.Default, new JournalWriterSettings { SpillPath = spill }, TimeProvider.System, static _ => { }))
            writer.Append("audit", [new JournalFact(erased)]);
        File.Delete(spill);
    }

    private static void Print(ParseResult parsed, JournalEntry entry)
    {
        if (parsed.GetValue(AuditOptions.Json))
            Console.Out.WriteLine(EventLine.Format(entry));
        else
            Console.Out.WriteLine($"{AuditTime.Text(entry.CreatedTicks)}  {entry.Manifest.Split(':')[0],-22}  {(entry.IsErased ? "erased" : System.Text.Encoding.UTF8.GetString(entry.Payload))}");
    }
}
