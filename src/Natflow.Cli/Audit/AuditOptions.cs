using System.CommandLine;
using System.Net;
using Natflow.Host.Settings;
using Natflow.Journal;
using Natflow.Journal.Audit;
using Natflow.Policy;

namespace Natflow.Cli.Audit;

/// <summary>What the commands about the journal have in common.</summary>
internal static class AuditOptions
{
    private const string JournalDefault = "/var/lib/natflow/journal.db";

    /// <summary>Which journal.</summary>
    internal static Option<string?> Journal { get; } = new("--journal")
    {
        Description = $"The journal: FILE, sqlite:FILE or postgresql:CONNECTION; default is that of --config, else {JournalDefault}.",
        HelpName = "LOCATION",
    };

    /// <summary>The gateway's configuration, which names the journal.</summary>
    internal static Option<string?> Config { get; } = new("--config") { Description = "The gateway's configuration file.", HelpName = "FILE" };

    /// <summary>For scripts.</summary>
    internal static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON object, or one a line." };

    /// <summary>A time.</summary>
    /// <param name="name">Name of the option.</param>
    /// <param name="description">What it is for.</param>
    internal static Option<long?> Time(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "TIME",
        CustomParser = static result =>
        {
            if (AuditTime.TryParse(result.Tokens[0].Value, out long ticks))
                return ticks;
            result.AddError($"'{result.Tokens[0].Value}' is no time such as 2026-11-22T10:00:03Z");
            return null;
        },
    };

    /// <summary>A subscriber's address, in the form that the journal writes.</summary>
    internal static Argument<string> Address() => new("ADDR")
    {
        Description = "The subscriber's address.",
        CustomParser = static result =>
        {
            string text = result.Tokens[0].Value;
            if (IpAddress.TryParse(text, out _))
                return IPAddress.Parse(text).ToString();
            result.AddError($"'{text}' is no address such as 192.0.2.15");
            return string.Empty;
        },
    };

    /// <summary>Makes a command refuse a time that ends before it begins.</summary>
    internal static void CheckOrder(Command command, Option<long?> from, Option<long?> to) => command.Validators.Add(result =>
    {
        if (result.GetValue(from) is { } begin && result.GetValue(to) is { } end && begin > end)
            result.AddError("--from is later than --to");
    });

    /// <summary>Runs a command; what goes wrong is told in one line.</summary>
    internal static int Guard(ParseResult parsed, Func<AuditPlace, int> run)
    {
        try
        {
            if (!TryLocate(parsed, out AuditPlace? place))
                return ExitCode.Usage;
            if (IsThere(place!.Location))
                return run(place);
            Terminal.Error($"there is no journal {place.Location.Value}: name one by --journal, or by the gateway's --config");
            return ExitCode.Failed;
        }
        catch (Exception failure) when (failure is StoreUnavailableException or StoreConflictException or IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            Terminal.Error(failure.Message);
            return ExitCode.Failed;
        }
    }

    // A file is looked at first: opening one of another program's for writing would put tables into it.
    private static bool IsThere(JournalLocation location)
    {
        if (location.IsSqlite && !File.Exists(location.Value))
            return false;
        if (location.IsSqlite)
            location.OpenReader().Dispose();
        return true;
    }

    private static bool TryLocate(ParseResult parsed, out AuditPlace? place)
    {
        place = new AuditPlace(JournalLocation.Parse(parsed.GetValue(Journal) ?? JournalDefault), new Retention(null, 0));
        if (parsed.GetValue(Config) is not { } path)
            return true;
        SettingsResult loaded = SettingsLoader.Load(path);
        foreach (SettingsError error in loaded.Errors)
            Console.Error.WriteLine(error);
        if (loaded.Settings is not { } settings)
            return false;
        JournalLocation? location = parsed.GetValue(Journal) is { } given ? JournalLocation.Parse(given) : settings.Journal.Location(settings.Gateway.StateDirectory);
        if (location is null)
            Terminal.Error($"{path}: journal.engine is none");
        place = location is null ? null : new AuditPlace(location, settings.Journal.Retention)
        {
            ClusterRunDirectory = settings.Cluster.IsEnabled && parsed.GetValue(Journal) is null ? settings.Gateway.RunDirectory : null,
        };
        return location is not null;
    }
}
