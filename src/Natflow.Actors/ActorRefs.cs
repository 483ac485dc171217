namespace Natflow.Actors;

/// <summary>References that stand for no actor.</summary>
public static class ActorRefs
{
    /// <summary>No sender: answers become dead letters.</summary>
    public static readonly IActorRef? NoSender;

    /// <summary>What a search gives when it found nothing. Swallows messages.</summary>
    public static readonly IActorRef Nobody = new NobodyRef();

    /// <summary>True for null and <see cref="Nobody"/>.</summary>
    public static bool IsNobody(this IActorRef? actorRef) => actorRef is null || ReferenceEquals(actorRef, Nobody);

    private sealed class NobodyRef : InternalActorRef
    {
        public override ActorPath Path { get; } = ActorPath.Root("all-systems").Child("Nobody", 0);

        internal override ActorSystem? System => null;

        public override void Tell(object message, IActorRef? sender) => InvalidMessageException.ThrowIfNull(message);

        internal override void SendSystem(Dispatch.SystemMessage message) => AnswerForTheDead(message);
    }
}
