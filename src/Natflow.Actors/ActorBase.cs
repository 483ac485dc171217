using Natflow.Actors.Cells;

namespace Natflow.Actors;

/// <summary>Handles a message.</summary>
/// <param name="message">Never null.</param>
/// <returns>False if it does not know this message.</returns>
public delegate bool Receive(object message);

/// <summary>
/// An actor: state that one thread at a time touches, changed by one message at a time (contract A3). Made through <see cref="Props"/>;
/// a restart makes a new instance.
/// </summary>
public abstract class ActorBase
{
    private readonly ActorCell _cell;

    /// <summary>Binds the instance to the cell that is making it.</summary>
    /// <exception cref="ActorInitializationException">The kernel is not making an actor on this thread.</exception>
    protected ActorBase()
    {
        if (ActorCell.Current is not { IsMakingActor: true } cell)
            throw new ActorInitializationException($"{GetType().Name} can be made by ActorOf only");
        _cell = cell;
    }

    /// <summary>The kernel's side of the actor whose turn this thread runs: of this one, in its own code. Also there in field initialisers.</summary>
    /// <exception cref="NotSupportedException">The thread runs no actor, as after an <c>await</c> with <c>ConfigureAwait(false)</c>.</exception>
    protected static IActorContext Context =>
        ActorCell.Current ?? throw new NotSupportedException("there is no actor context on this thread");

    /// <summary>The actor's own reference.</summary>
    protected IActorRef Self => _cell.Self;

    /// <summary>Sender of the current message, or the dead letters.</summary>
    protected IActorRef Sender => _cell.Sender;

    /// <summary>Handles a message in the initial behaviour.</summary>
    /// <param name="message">Never null.</param>
    /// <returns>False if it does not know this message.</returns>
    protected abstract bool Receive(object message);

    /// <summary>Before the first message. Throwing stops the actor by default (contract L3).</summary>
    protected virtual void PreStart()
    {
    }

    /// <summary>After the last message, when all children have gone (contract L4).</summary>
    protected virtual void PostStop()
    {
    }

    /// <summary>Last call to an instance that is replaced. By default stops all children and calls <see cref="PostStop"/>.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="message">The message that was being handled, or null if another actor's failure is the reason.</param>
    protected virtual void PreRestart(Exception reason, object? message)
    {
        foreach (IActorRef child in Context.GetChildren())
        {
            Context.Unwatch(child);
            Context.Stop(child);
        }

        PostStop();
    }

    /// <summary>First call to the instance that replaces another. By default calls <see cref="PreStart"/>.</summary>
    /// <param name="reason">Why the other one was replaced.</param>
    protected virtual void PostRestart(Exception reason) => PreStart();

    /// <summary>How failures of children are treated; asked once an instance. Default: contract V2.</summary>
    protected virtual SupervisorStrategy SupervisorStrategy() => Actors.SupervisorStrategy.DefaultStrategy;

    /// <summary>A message without a handler: published, or for <see cref="Terminated"/> thrown (contract A8).</summary>
    /// <param name="message">The message.</param>
    /// <exception cref="DeathPactException">The message is <see cref="Terminated"/>.</exception>
    protected virtual void Unhandled(object message)
    {
        if (message is Terminated terminated) throw new DeathPactException(terminated.ActorRef);
        Context.System.EventStream.Publish(new Event.UnhandledMessage(message, Sender, Self));
    }

    /// <inheritdoc cref="IActorContext.Become" />
    protected void Become(Receive receive) => _cell.Become(receive);

    /// <inheritdoc cref="IActorContext.BecomeStacked" />
    protected void BecomeStacked(Receive receive) => _cell.BecomeStacked(receive);

    /// <inheritdoc cref="IActorContext.UnbecomeStacked" />
    protected void UnbecomeStacked() => _cell.UnbecomeStacked();

    /// <inheritdoc cref="IActorContext.SetReceiveTimeout" />
    protected void SetReceiveTimeout(TimeSpan? timeout) => _cell.SetReceiveTimeout(timeout);

    /// <summary>Runs a handler that may end later; no other message is handled until then (contract A5).</summary>
    private protected void RunAsync<T>(Func<T, Task> handler, T message) => _cell.RunAsync(handler, message);

    internal Receive InitialBehaviour => Receive;

    internal ActorCell Cell => _cell;

    internal virtual void CallPreStart() => PreStart();

    internal virtual void CallPostStop() => PostStop();

    internal virtual void CallPreRestart(Exception reason, object? message) => PreRestart(reason, message);

    internal virtual void CallPostRestart(Exception reason) => PostRestart(reason);

    /// <summary>Stands between the mailbox and the current behaviour.</summary>
    internal virtual bool AroundReceive(Receive behaviour, object message) => behaviour(message);

    /// <summary>The instance is done: what it keeps besides its stash goes back in front of the mailbox.</summary>
    internal virtual void OnReleasing()
    {
    }

    internal SupervisorStrategy CallSupervisorStrategy() => SupervisorStrategy();

    internal void CallUnhandled(object message) => Unhandled(message);
}
