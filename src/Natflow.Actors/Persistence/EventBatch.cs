namespace Natflow.Actors.Persistence;

/// <summary>What one incarnation of a persistent actor has to store, and what it does then. At most one request is with the journal (contract P10).</summary>
/// <remarks>Owner turn.</remarks>
internal sealed class EventBatch
{
    private readonly Queue<Invocation> _invocations = new();
    private List<object> _waiting = [];

    private readonly record struct Invocation(Action<object> Handler, bool IsStashing);

    /// <summary>Handlers outstanding that keep commands in the stash.</summary>
    internal int StashingCount { get; private set; }

    internal bool IsEmpty => _invocations.Count == 0;

    internal bool IsWriting { get; private set; }

    internal void Add(object message, int handlerCount, Action<object> handler, bool isStashing)
    {
        _waiting.Add(message);
        for (int i = 0; i < handlerCount; i++)
            _invocations.Enqueue(new Invocation(handler, isStashing));
        if (isStashing)
            StashingCount += handlerCount;
    }

    /// <summary>Sends what waits, unless a request is on its way.</summary>
    internal void Flush(IActorRef journal, IActorRef self, int instanceId)
    {
        if (IsWriting || _waiting.Count == 0)
            return;
        IsWriting = true;
        List<object> messages = _waiting;
        _waiting = [];
        journal.Tell(new WriteMessages(messages, self, instanceId), self);
    }

    internal void OnWritten() => IsWriting = false;

    /// <summary>Runs the oldest handler. It stays outstanding while it runs, so that what it persists keeps the stash closed (contract P9).</summary>
    internal void Run(object payload)
    {
        try
        {
            _invocations.Peek().Handler(payload);
        }
        finally
        {
            Drop();
        }
    }

    /// <summary>Takes the oldest handler off without running it.</summary>
    internal void Drop()
    {
        if (_invocations.Dequeue().IsStashing)
            StashingCount--;
    }
}
