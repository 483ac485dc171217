using Natflow.Actors.Dispatch;

namespace Natflow.Actors.Cells;

/// <summary>Completes a task when the actor it watches, or whose parent it is, has gone.</summary>
internal sealed class TerminationRef(ActorSystem? system) : InternalActorRef
{
    private readonly TaskCompletionSource<bool> _terminated = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override ActorPath Path => ActorPath.Root(system?.Name ?? "all-systems").Child("termination", 0);

    internal Task<bool> Terminated => _terminated.Task;

    internal override ActorSystem? System => system;

    public override void Tell(object message, IActorRef? sender) => InvalidMessageException.ThrowIfNull(message);

    internal override void SendSystem(SystemMessage message)
    {
        switch (message)
        {
            case DeathWatchNotification:
                _terminated.TrySetResult(true);
                break;
            case Failed failed: // Above the root nobody decides: the tree ends.
                failed.Child.SendSystem(new Terminate());
                break;
        }
    }
}
