using Natflow.Actors.Dispatch;

namespace Natflow.Actors;

/// <summary>How to make an actor, for the first time and at each restart. Immutable.</summary>
public sealed record Props
{
    private readonly Func<ActorBase> _factory;

    private Props(Func<ActorBase> factory) => _factory = factory;

    /// <summary>Id of the dispatcher; <see cref="Dispatchers.DefaultDispatcherId"/> if none was said.</summary>
    public string Dispatcher { get; private init; } = Dispatchers.DefaultDispatcherId;

    /// <summary>Id of the bounded mailbox, or null: unbounded.</summary>
    public string? Mailbox { get; private init; }

    /// <summary>Messages the stash holds at most; -1 is unbounded.</summary>
    public int StashCapacity { get; private init; } = -1;

    /// <summary>How the actor treats its children; null leaves it to the actor.</summary>
    public SupervisorStrategy? SupervisorStrategy { get; private init; }

    internal PolledMailbox? PolledMailbox { get; private init; }

    /// <summary>Props by a factory.</summary>
    /// <param name="factory">Makes a new instance at each call. Runs on the actor's thread and must not capture what changes.</param>
    public static Props Create<TActor>(Func<TActor> factory)
        where TActor : ActorBase => new(factory);

    /// <summary>Props by a constructor without parameters.</summary>
    public static Props Create<TActor>()
        where TActor : ActorBase, new() => new(static () => new TActor());

    /// <summary>Runs the actor elsewhere.</summary>
    /// <param name="id">One of <see cref="Dispatchers"/> or of <see cref="ActorSystemSettings.Dispatchers"/>.</param>
    public Props WithDispatcher(string id) => this with { Dispatcher = id };

    /// <summary>Bounds the mailbox.</summary>
    /// <param name="id">A key of <see cref="ActorSystemSettings.BoundedMailboxes"/>.</param>
    public Props WithMailbox(string id) => this with { Mailbox = id };

    /// <summary>Bounds the stash.</summary>
    /// <param name="capacity">Messages; -1 is unbounded.</param>
    public Props WithStashCapacity(int capacity) => this with { StashCapacity = capacity };

    /// <summary>Says how the actor treats its children, in place of what the actor says.</summary>
    /// <param name="strategy">The strategy.</param>
    public Props WithSupervisorStrategy(SupervisorStrategy strategy) => this with { SupervisorStrategy = strategy };

    /// <summary>Makes a data actor: its messages are handled where <see cref="Dispatch.PolledMailbox.Drain"/> is called. For one actor.</summary>
    /// <param name="mailbox">The mailbox of the worker; replaces dispatcher and mailbox.</param>
    public Props WithPolledMailbox(PolledMailbox mailbox) => this with { PolledMailbox = mailbox };

    internal ActorBase NewActor() => _factory();
}
