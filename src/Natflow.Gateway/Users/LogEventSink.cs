using Natflow.Actors.Event;

namespace Natflow.Gateway.Users;

/// <summary>Puts events in the log, where nothing keeps them.</summary>
public sealed class LogEventSink(ILoggingAdapter log) : IPolicyEventSink
{
    /// <inheritdoc />
    public void Publish(PolicyEvent policyEvent) => log.Debug("{0}", policyEvent);
}
