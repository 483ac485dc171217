using Natflow.Actors;
using Natflow.Actors.Dispatch;

namespace Natflow.Gateway.Workers;

/// <summary>A data actor's place on its worker: the control mailbox, and the instance that is polled now.</summary>
public sealed class DataActorSlot
{
    /// <summary>Control messages that may wait; more are refused and counted by the mailbox.</summary>
    public const int MailboxCapacity = 1024;

    private const int MessagesPerTurn = 16;

    private DataActor? _current;
    private IActorRef _self = ActorRefs.Nobody;

    /// <summary>To be given to <see cref="Props.WithPolledMailbox"/> of the actor that takes this slot.</summary>
    public PolledMailbox Mailbox { get; } = new(MailboxCapacity);

    /// <summary>Handles waiting messages, then polls the actor. Worker thread.</summary>
    /// <returns>True when there was anything to do.</returns>
    internal bool Turn(long nowMs)
    {
        bool busy = Mailbox.Drain(MessagesPerTurn) != 0;
        return _current is { } actor ? Poll(actor, nowMs) || busy : busy;
    }

    /// <summary>Whether anything waits for the actor.</summary>
    internal bool HasInput => !Mailbox.IsEmpty || _current is { HasInput: true };

    internal void Attach(DataActor actor, IActorRef self)
    {
        _current = actor;
        _self = self;
    }

    internal void Detach(DataActor actor)
    {
        if (_current == actor)
            _current = null;
    }

    // The worker is the data actors' dispatcher: a failure must not end the thread that others live on. The actor is not polled again
    // before its supervisor has decided.
    private bool Poll(DataActor actor, long nowMs)
    {
        try
        {
            return actor.Poll(nowMs);
        }
        catch (Exception cause) when (cause is not OutOfMemoryException)
        {
            _current = null;
            _self.Tell(new PollFailed(cause), ActorRefs.NoSender);
            return true;
        }
    }
}
