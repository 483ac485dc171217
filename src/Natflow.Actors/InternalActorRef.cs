using Natflow.Actors.Dispatch;

namespace Natflow.Actors;

/// <summary>What the kernel asks of a reference beyond sending user messages.</summary>
internal abstract class InternalActorRef : IActorRef
{
    public abstract ActorPath Path { get; }

    /// <summary>Null for references that belong to no system.</summary>
    internal abstract ActorSystem? System { get; }

    public abstract void Tell(object message, IActorRef? sender);

    public override string ToString() => $"[{Path}#{Path.Uid}]";

    internal abstract void SendSystem(SystemMessage message);

    internal static InternalActorRef Of(IActorRef actorRef) =>
        actorRef as InternalActorRef ?? throw new ArgumentException("needs a reference made by the kernel", nameof(actorRef));

    /// <summary>What is due to a cell that addressed someone who is not there.</summary>
    private protected static void AnswerForTheDead(SystemMessage message)
    {
        switch (message)
        {
            case Watch watch when !ReferenceEquals(watch.Subject, watch.Watcher):
                watch.Watcher.SendSystem(new DeathWatchNotification(watch.Subject, existenceConfirmed: false));
                break;
            case Continuation continuation: // A task started by the dead actor; someone may wait for its end.
                ThreadPool.UnsafeQueueUserWorkItem(static c => c.Run(), continuation, preferLocal: false);
                break;
        }
    }
}
