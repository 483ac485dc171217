namespace Natflow.Actors.Dispatch;

/// <summary>One thread for exactly one actor (contract M5). The thread ends with the actor.</summary>
/// <param name="id">Name of the dispatcher and prefix of its thread's name.</param>
/// <param name="throughput">Messages of a turn.</param>
public sealed class PinnedDispatcher(string id, int throughput = MessageDispatcher.DefaultThroughput)
    : ThreadsDispatcher(id, 1, throughput)
{
    private IActorRef? _owner;

    /// <inheritdoc />
    public override bool IsExclusive => true;

    /// <inheritdoc />
    protected internal override void Attach(IActorRef actor)
    {
        if (Interlocked.CompareExchange(ref _owner, actor, comparand: null) is { } other)
            throw new InvalidOperationException($"the pinned dispatcher '{Id}' belongs to {other}");
        base.Attach(actor);
    }

    /// <inheritdoc />
    protected internal override void Detach(IActorRef actor) => Shutdown();
}
