namespace Natflow.Actors.Dispatch;

/// <summary>Gives threads to the actors that have messages. An actor has at most one turn outstanding (contract M4).</summary>
/// <param name="id">Name by which <see cref="Props.WithDispatcher"/> chooses it.</param>
/// <param name="throughput">Messages of a turn, after which the thread is given back; at least 1.</param>
public abstract class MessageDispatcher(string id, int throughput)
{
    /// <summary>Messages of a turn where nothing else is said.</summary>
    public const int DefaultThroughput = 30;

    /// <summary>Name by which <see cref="Props.WithDispatcher"/> chooses it.</summary>
    public string Id { get; } = id;

    /// <summary>Messages of a turn, after which the thread is given back.</summary>
    public int Throughput { get; } = throughput > 0 ? throughput : throw new ArgumentOutOfRangeException(nameof(throughput));

    /// <summary>Whether each actor needs an instance of its own.</summary>
    public virtual bool IsExclusive => false;

    /// <summary>Runs the turn soon. Any thread; must not block and must not throw.</summary>
    /// <param name="turn">To be executed once.</param>
    /// <param name="yielding">The actor used up its throughput: others go first.</param>
    public abstract void Schedule(IThreadPoolWorkItem turn, bool yielding);

    /// <summary>An actor starts to use this dispatcher.</summary>
    /// <exception cref="InvalidOperationException">The dispatcher is exclusive and has an actor.</exception>
    protected internal virtual void Attach(IActorRef actor)
    {
    }

    /// <summary>The actor has stopped. Turns may still come, to clear what was sent to it too late.</summary>
    protected internal virtual void Detach(IActorRef actor)
    {
    }

    /// <summary>The system has ended: threads of the dispatcher's own may end once their turns are done.</summary>
    protected internal virtual void Shutdown()
    {
    }
}
