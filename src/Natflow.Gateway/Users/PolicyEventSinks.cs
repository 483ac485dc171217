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

    /// <inheritdoc />
    public void WhenKept(Action done) => WhenKeptBy(0, done);

    private void WhenKeptBy(int index, Action done)
    {
        if (index == sinks.Count)
            done();
        else
            sinks[index].WhenKept(() => WhenKeptBy(index + 1, done));
    }
}
