using Natflow.Actors.Dispatch;
using Natflow.Actors.Event;

namespace Natflow.Actors.Cells;

/// <summary><c>/deadLetters</c>: turns what cannot be delivered into events (contract D1).</summary>
internal sealed class DeadLetterRef(ActorSystem system, ActorPath path) : InternalActorRef
{
    public override ActorPath Path { get; } = path;

    internal override ActorSystem System { get; } = system;

    public override void Tell(object message, IActorRef? sender)
    {
        InvalidMessageException.ThrowIfNull(message);
        Publish(message, sender, this);
    }

    internal override void SendSystem(SystemMessage message) => AnswerForTheDead(message);

    internal void Publish(object message, IActorRef? sender, IActorRef recipient)
    {
        switch (message)
        {
            case Identify identify:
                sender?.Tell(new ActorIdentity(identify.MessageId, Subject: null), this);
                break;
            case ActorTimer or ReceiveTimeoutDue or Terminated or DeadLetter: // Of no interest to anybody but the dead.
                break;
            case IDeadLetterSuppression:
                System.EventStream.Publish(new SuppressedDeadLetter(message, sender ?? this, recipient));
                break;
            default:
                System.EventStream.Publish(new DeadLetter(message, sender ?? this, recipient));
                break;
        }
    }
}
