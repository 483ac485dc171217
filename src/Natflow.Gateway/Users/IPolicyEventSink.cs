namespace Natflow.Gateway.Users;

/// <summary>Where the user actor puts what it decided: a log, a journal, queues of readers.</summary>
public interface IPolicyEventSink
{
    /// <summary>Takes an event. Called by the user actor and the policy actor, each in the order of its decisions; never waits, never throws.</summary>
    void Publish(PolicyEvent policyEvent);

    /// <summary>Calls back, on any thread, when all that was published before is kept or known to be lost: who asked for it may hear of it then.</summary>
    void WhenKept(Action done) => done();
}
