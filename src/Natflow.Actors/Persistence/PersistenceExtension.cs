namespace Natflow.Actors.Persistence;

/// <summary>Journal and snapshot store of an actor system. Set once, before the first persistent actor.</summary>
public sealed class PersistenceExtension
{
    /// <summary>Recoveries at a time.</summary>
    public const int MaxConcurrentRecoveries = 50;

    private readonly ActorSystem _system;
    private IActorRef? _journal;
    private IActorRef? _snapshotStore;

    internal PersistenceExtension(ActorSystem system) => _system = system;

    /// <summary>The journal.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public IActorRef Journal => _journal ?? throw new ConfigurationException("the actor system has no journal");

    /// <summary>The snapshot store.</summary>
    /// <exception cref="ConfigurationException">There is none.</exception>
    public IActorRef SnapshotStore => _snapshotStore ?? throw new ConfigurationException("the actor system has no snapshot store");

    /// <summary>Longest time without an answer in recovery.</summary>
    public TimeSpan RecoveryEventTimeout { get; private set; } = TimeSpan.FromSeconds(30);

    internal IActorRef Permitter { get; private set; } = ActorRefs.Nobody;

    /// <summary>Starts the plug-ins as system actors: they are there until the last user actor has gone.</summary>
    /// <param name="journal">Understands <see cref="WriteMessages"/>, <see cref="ReplayMessages"/> and <see cref="DeleteMessagesTo"/>. Its mailbox is not to be bounded.</param>
    /// <param name="snapshotStore">Understands <see cref="LoadSnapshot"/>, <see cref="SaveSnapshot"/> and <see cref="DeleteSnapshots"/>.</param>
    /// <param name="recoveryEventTimeout">Null is 30 s.</param>
    /// <exception cref="ConfigurationException">They were started before.</exception>
    public void Start(Props journal, Props snapshotStore, TimeSpan? recoveryEventTimeout = null)
    {
        if (_journal is not null)
            throw new ConfigurationException("the actor system has a journal already");
        _journal = _system.SystemActorOf(journal, "journal");
        _snapshotStore = _system.SystemActorOf(snapshotStore, "snapshot-store");
        Permitter = _system.SystemActorOf(Props.Create(static () => new RecoveryPermitter(MaxConcurrentRecoveries)), "recovery-permitter");
        RecoveryEventTimeout = recoveryEventTimeout ?? RecoveryEventTimeout;
    }
}
