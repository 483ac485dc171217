using Natflow.Actors.Dispatch;

namespace Natflow.Actors.Cells;

/// <summary>Reference of an actor with a cell.</summary>
internal sealed class LocalActorRef : InternalActorRef
{
    private readonly Mailbox _mailbox;

    internal LocalActorRef(ActorSystem system, Props props, InternalActorRef parent, ActorPath path)
    {
        System = system;
        Path = path;
        Cell = new ActorCell(this, system, props, parent);
        _mailbox = Cell.Mailbox;
    }

    public override ActorPath Path { get; }

    internal override ActorSystem System { get; }

    internal ActorCell Cell { get; }

    public override void Tell(object message, IActorRef? sender)
    {
        InvalidMessageException.ThrowIfNull(message);
        if (!_mailbox.TryPost(new Envelope(message, sender)))
            System.DeadLetterOffice.Publish(message, sender, this);
    }

    internal override void SendSystem(SystemMessage message) => _mailbox.PostSystem(message);

    /// <summary>A message the kernel owes the actor: passes the bound of its mailbox.</summary>
    internal void TellExempt(object message, IActorRef? sender)
    {
        if (!_mailbox.TryPost(new Envelope(message, sender), exempt: true))
            System.DeadLetterOffice.Publish(message, sender, this);
    }
}
