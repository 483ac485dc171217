namespace Natflow.Actors.Event;

/// <summary>Publishes log events of one source on the event stream.</summary>
internal sealed class BusLogging(ActorSystem system, string source) : ILoggingAdapter
{
    public bool IsDebugEnabled => IsEnabled(LogLevel.DebugLevel);

    public void Debug(string format, params ReadOnlySpan<object?> args)
    {
        if (IsDebugEnabled) system.Publish(new Debug(source, Text(format, args), Cause: null, system.Now));
    }

    public void Info(string format, params ReadOnlySpan<object?> args)
    {
        if (IsEnabled(LogLevel.InfoLevel)) system.Publish(new Info(source, Text(format, args), Cause: null, system.Now));
    }

    public void Warning(string format, params ReadOnlySpan<object?> args)
    {
        if (IsEnabled(LogLevel.WarningLevel)) system.Publish(new Warning(source, Text(format, args), Cause: null, system.Now));
    }

    public void Error(string format, params ReadOnlySpan<object?> args) => Error(cause: null, format, args);

    public void Error(Exception? cause, string format, params ReadOnlySpan<object?> args) =>
        system.Publish(new Error(source, Text(format, args), cause, system.Now));

    private static string Text(string format, ReadOnlySpan<object?> args) =>
        args.IsEmpty ? format : string.Format(provider: null, format, args);

    private bool IsEnabled(LogLevel level) => level >= system.LogLevel;
}
