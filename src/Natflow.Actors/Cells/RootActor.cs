namespace Natflow.Actors.Cells;

/// <summary>
/// <c>/</c>: ends the system when the guardian of the users has gone, <c>/system</c> last, so that what the users said at their end is
/// still heard. A failure that reaches it ends the guardian (contract V6).
/// </summary>
internal sealed class RootActor(Action<LocalActorRef, LocalActorRef> onGuardians, SupervisorStrategy userStrategy) : ActorBase
{
    private LocalActorRef? _user;
    private LocalActorRef? _system;

    protected override void PreStart()
    {
        var cell = (ActorCell)Context;
        _system = cell.ActorOfChecked(Props.Create(() => new GuardianActor(Actors.SupervisorStrategy.DefaultStrategy)), "system");
        _user = cell.ActorOfChecked(Props.Create(() => new GuardianActor(userStrategy)), "user");
        Context.Watch(_system);
        Context.Watch(_user);
        onGuardians(_user, _system);
    }

    protected override bool Receive(object message)
    {
        if (message is not Terminated { ActorRef: var gone }) return false;
        Context.Stop(ReferenceEquals(gone, _user) ? _system! : Self);
        return true;
    }

    protected override SupervisorStrategy SupervisorStrategy() => Actors.SupervisorStrategy.StoppingStrategy;
}
