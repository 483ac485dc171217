namespace Natflow.Gateway.Users;

/// <summary>Where the user actor puts what it decided: a log, a journal, queues of readers.</summary>
public interface IPolicyEventSink
{
    /// <summary>Takes an event. Called by the user actor's thread, in the order of the decisions; never waits, never throws.</summary>
    void Publish(PolicyEvent policyEvent);
}
