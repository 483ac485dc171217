using System.Text.RegularExpressions;
using Natflow.Actors.Event;

namespace Natflow.Testing.Actors;

/// <summary>Says which events a test expects. Texts that are null are not looked at.</summary>
/// <param name="kit">The test.</param>
public sealed class EventFilterFactory(TestKit kit)
{
    /// <summary>Debug events.</summary>
    public EventFilter Debug(string? contains = null, string? pattern = null, string? source = null) =>
        OfLog<Debug>(contains, pattern, source);

    /// <summary>Info events.</summary>
    public EventFilter Info(string? contains = null, string? pattern = null, string? source = null) =>
        OfLog<Info>(contains, pattern, source);

    /// <summary>Warnings.</summary>
    public EventFilter Warning(string? contains = null, string? pattern = null, string? source = null) =>
        OfLog<Warning>(contains, pattern, source);

    /// <summary>Errors.</summary>
    public EventFilter Error(string? contains = null, string? pattern = null, string? source = null) =>
        OfLog<Error>(contains, pattern, source);

    /// <summary>Errors with a cause of that type.</summary>
    public EventFilter Exception<TException>(string? contains = null, string? pattern = null, string? source = null)
        where TException : Exception =>
        new(kit, e => e is Error { Cause: TException } error && Fits(error, contains, pattern, source));

    /// <summary>Dead letters with a message of that type.</summary>
    public EventFilter DeadLetter<TMessage>() => new(kit, static e => e is DeadLetter { Message: TMessage });

    /// <summary>Any event that fits.</summary>
    public EventFilter Custom(Predicate<object> isExpected) => new(kit, isExpected);

    private static bool Fits(LogEvent logEvent, string? contains, string? pattern, string? source) =>
        (contains is null || logEvent.Message.Contains(contains, StringComparison.Ordinal))
        && (pattern is null || Regex.IsMatch(logEvent.Message, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)))
        && (source is null || logEvent.LogSource == source);

    private EventFilter OfLog<TEvent>(string? contains, string? pattern, string? source)
        where TEvent : LogEvent =>
        new(kit, e => e is TEvent logEvent && Fits(logEvent, contains, pattern, source));
}
