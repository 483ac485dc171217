using Natflow.Actors.Dispatch;

namespace Natflow.Actors.Cells;

/// <summary>Messages set aside by one instance of an actor (contract B2).</summary>
internal sealed class StashQueue(ActorCell cell, int capacity) : IStash
{
    private readonly List<Envelope> _stashed = [];
    private bool _isCurrentStashed;

    public int Count => _stashed.Count;

    /// <summary>Whether what others put back has to wait here.</summary>
    internal bool IsHolding { get; set; }

    public void Stash()
    {
        Envelope current = cell.CurrentEnvelope;
        if (current.Message is null) throw new IllegalActorStateException("there is no message to stash");
        if (_isCurrentStashed) throw new IllegalActorStateException($"{current.Message} is stashed already");
        if (capacity >= 0 && _stashed.Count >= capacity)
            throw new StashOverflowException($"{cell.Self} has stashed {capacity} messages");
        _stashed.Add(current);
        _isCurrentStashed = true;
    }

    public void Unstash()
    {
        if (_stashed.Count == 0) return;
        PutBack(_stashed[0]);
        _stashed.RemoveAt(0);
    }

    public void UnstashAll()
    {
        for (int i = _stashed.Count - 1; i >= 0; i--)
            PutBack(_stashed[i]);
        _stashed.Clear();
    }

    internal void OnNextMessage() => _isCurrentStashed = false;

    /// <summary>Takes messages of another stash in front of its own.</summary>
    internal void Prepend(in Envelope envelope) => _stashed.Insert(0, envelope);

    private void PutBack(in Envelope envelope)
    {
        // A persistent actor releases one command at a time: its own stash takes those that the user puts back (contract P14).
        if (cell.Actor is Persistence.PersistentActor { InternalStash: { } inner } && !ReferenceEquals(inner, this) && inner.IsHolding)
        {
            inner.Prepend(envelope);
            return;
        }

        if (envelope.Message is Terminated terminated) cell.DeathWatch.Requeue(terminated);
        cell.Mailbox.Prepend(envelope);
    }
}
