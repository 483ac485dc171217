namespace Natflow.Actors.Cells;

/// <summary>
/// <c>/</c>: ends the system when the guardian of the users has gone, <c>/system</c> last, so that what the users said at their end is
/// still heard. A failure that reaches it ends the guardian (contract V6).
/// </summary>
internal sealed class RootActor : ActorBase
{
    protected override void PreStart()
    {
        Context.Watch(Context.System.SystemGuardian);
        Context.Watch(Context.System.UserGuardian);
    }

    protected override bool Receive(object message)
    {
        if (message is not Terminated { ActorRef: var gone }) return false;
        Context.Stop(ReferenceEquals(gone, Context.System.UserGuardian) ? Context.System.SystemGuardian : Self);
        return true;
    }

    protected override SupervisorStrategy SupervisorStrategy() => Actors.SupervisorStrategy.StoppingStrategy;
}
