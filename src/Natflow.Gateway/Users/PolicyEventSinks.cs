namespace Natflow.Gateway.Users;

/// <summary>Gives each event to several, in their order.</summary>
public sealed class PolicyEventSinks(params IReadOnlyList<IPolicyEventSink> sinks) : IPolicyEventSink
{
    /// <inheritdoc />
    public void Publish(PolicyEvent policyEvent)
    {
        foreach (IPolicyEventSink sink in sinks)
            sink.Publish(policyEvent);
    }
}
