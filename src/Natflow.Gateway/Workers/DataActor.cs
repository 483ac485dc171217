using System.Runtime.ExceptionServices;
using Natflow.Actors;

namespace Natflow.Gateway.Workers;

/// <summary>
/// An actor that sees frames: its worker polls it, burst after burst, and handles its messages between two bursts on the same thread. A failed poll is a
/// failure like that of a handler: its supervisor decides, and the instance that follows takes the slot.
/// </summary>
/// <remarks>What must survive a restart (tables, rings, queues) is given by the props, not made by the actor.</remarks>
public abstract class DataActor : ReceiveActor
{
    private readonly DataActorSlot _slot;

    /// <summary>Binds the actor to its place on a worker.</summary>
    /// <param name="slot">The slot whose mailbox the props name.</param>
    protected DataActor(DataActorSlot slot)
    {
        _slot = slot;
        Receive<PollFailed>(static failed => ExceptionDispatchInfo.Throw(failed.Cause));
    }

    /// <summary>Takes a burst in, processes it, puts it out. Never blocks, allocates nothing in steady state. Worker thread.</summary>
    /// <param name="nowMs">The worker's clock, ms.</param>
    /// <returns>True when there was anything to do.</returns>
    protected internal abstract bool Poll(long nowMs);

    /// <summary>Whether there is work that no message tells of and no descriptor wakes for: asked before the worker waits, after which whoever brings such work wakes it.</summary>
    protected internal virtual bool HasInput => false;

    /// <inheritdoc />
    protected override void PreStart() => _slot.Attach(this, Self);

    /// <inheritdoc />
    protected override void PostStop() => _slot.Detach(this);
}
