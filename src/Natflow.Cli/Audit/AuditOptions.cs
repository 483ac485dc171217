using System.CommandLine;
using Natflow.Host.Settings;
using Natflow.Journal;
using Natflow.Journal.Audit;

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

    /// <summary>Runs a command; what goes wrong is told in one line.</summary>
    internal static int Guard(ParseResult parsed, Func<AuditPlace, int> run)
    {
        try
        {
            return TryLocate(parsed, out AuditPlace? place) ? run(place!) : ExitCode.Usage;
        }
        catch (Exception failure) when (failure is StoreUnavailableException or StoreConflictException or IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            Terminal.Error(failure.Message);
            return ExitCode.Failed;
        }
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
        place = location is null ? null : new AuditPlace(location, settings.Journal.Retention);
        return location is not null;
    }
}
