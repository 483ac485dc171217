namespace Natflow.Actors.Cells;

/// <summary><c>/user</c> and <c>/system</c>: parents without a task of their own.</summary>
internal sealed class GuardianActor(SupervisorStrategy strategy) : ActorBase
{
    protected override bool Receive(object message) => false;

    protected override SupervisorStrategy SupervisorStrategy() => strategy;
}
