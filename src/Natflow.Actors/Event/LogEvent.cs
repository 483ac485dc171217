namespace Natflow.Actors.Event;

/// <summary>A line for the log, published on the event stream. Whoever writes logs subscribes to this type.</summary>
/// <param name="LogSource">Path of the actor, or a name.</param>
/// <param name="Message">Text, complete.</param>
/// <param name="Cause">What was thrown, if anything.</param>
/// <param name="Timestamp">When, by the system's clock.</param>
public abstract record LogEvent(string LogSource, string Message, Exception? Cause, DateTimeOffset Timestamp)
{
    /// <summary>How important.</summary>
    public abstract LogLevel LogLevel { get; }
}

/// <inheritdoc cref="LogEvent" />
public sealed record Debug(string LogSource, string Message, Exception? Cause, DateTimeOffset Timestamp)
    : LogEvent(LogSource, Message, Cause, Timestamp)
{
    /// <inheritdoc />
    public override LogLevel LogLevel => LogLevel.DebugLevel;
}

/// <inheritdoc cref="LogEvent" />
public sealed record Info(string LogSource, string Message, Exception? Cause, DateTimeOffset Timestamp)
    : LogEvent(LogSource, Message, Cause, Timestamp)
{
    /// <inheritdoc />
    public override LogLevel LogLevel => LogLevel.InfoLevel;
}

/// <inheritdoc cref="LogEvent" />
public sealed record Warning(string LogSource, string Message, Exception? Cause, DateTimeOffset Timestamp)
    : LogEvent(LogSource, Message, Cause, Timestamp)
{
    /// <inheritdoc />
    public override LogLevel LogLevel => LogLevel.WarningLevel;
}

/// <inheritdoc cref="LogEvent" />
public sealed record Error(string LogSource, string Message, Exception? Cause, DateTimeOffset Timestamp)
    : LogEvent(LogSource, Message, Cause, Timestamp)
{
    /// <inheritdoc />
    public override LogLevel LogLevel => LogLevel.ErrorLevel;
}
