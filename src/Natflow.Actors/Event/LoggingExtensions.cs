namespace Natflow.Actors.Event;

/// <summary>How an actor gets its log.</summary>
public static class LoggingExtensions
{
    /// <summary>A log whose source is the actor's path.</summary>
    /// <param name="context">Of the actor.</param>
    public static ILoggingAdapter GetLogger(this IActorContext context) => new BusLogging(context.System, context.Self.Path.ToString());
}
