using Natflow.Actors.Cells;
using Natflow.Actors.Dispatch;
using Natflow.Actors.Event;

namespace Natflow.Actors;

/// <summary>A tree of actors with its clock, threads and event stream. Any thread may use it.</summary>
public sealed class ActorSystem : IActorRefFactory
{
    private readonly TerminationRef _top;
    private readonly LocalActorRef _user;
    private readonly LocalActorRef _system;
    private int _uid;
    private long _refusedCount;
    private bool _isTerminating;
    private volatile LogLevel _logLevel;

    private ActorSystem(string name, ActorSystemSettings settings)
    {
        Name = name;
        Settings = settings;
        _logLevel = settings.LogLevel;
        Scheduler = new Scheduler(settings.TimeProvider);
        EventStream = new EventStream();
        Persistence = new Persistence.PersistenceExtension(this);
        Dispatchers = new Dispatchers(settings.Dispatchers);
        var rootPath = ActorPath.Root(name);
        DeadLetterOffice = new DeadLetterRef(this, rootPath.Child("deadLetters", 0));
        Log = new BusLogging(this, name);
        _top = new TerminationRef(this);
        WhenTerminated = _top.Terminated.ContinueWith(_ => OnTerminated(), TaskScheduler.Default);
        LocalActorRef root = StartTree(rootPath, out _user, out _system);
        root.SendSystem(new Create()); // Now that it finds its guardians.
        CoordinatedShutdown = new CoordinatedShutdown(this, settings.CoordinatedShutdown);
        if (settings.LogDeadLetters > 0)
        {
            SystemActorOf(
                Props.Create(() => new DeadLetterListener(settings.LogDeadLetters, settings.LogDeadLettersSuspendDuration)),
                "deadLetterListener");
        }
    }

    /// <summary>First part of every path.</summary>
    public string Name { get; }

    /// <summary>What was chosen.</summary>
    public ActorSystemSettings Settings { get; }

    /// <summary>Lowest level of log events that are published, from now on when it is set. Any thread.</summary>
    public LogLevel LogLevel
    {
        get => _logLevel;
        set => _logLevel = value;
    }

    /// <summary>Sends messages later.</summary>
    public Scheduler Scheduler { get; }

    /// <summary>Log events, dead letters, and what actors publish.</summary>
    public EventStream EventStream { get; }

    /// <summary>Journal and snapshot store of the persistent actors.</summary>
    public Persistence.PersistenceExtension Persistence { get; }

    /// <summary>The dispatchers by id.</summary>
    public Dispatchers Dispatchers { get; }

    /// <summary>The way out, in phases.</summary>
    public CoordinatedShutdown CoordinatedShutdown { get; }

    /// <summary>The system's own log.</summary>
    public ILoggingAdapter Log { get; }

    /// <summary>Messages refused by full mailboxes, all together.</summary>
    public long RefusedCount => Volatile.Read(ref _refusedCount);

    /// <summary>Ends when all actors have gone. Never faulted.</summary>
    public Task WhenTerminated { get; }

    /// <summary>Where messages go that have nowhere to go.</summary>
    public IActorRef DeadLetters => DeadLetterOffice;

    internal LocalActorRef UserGuardian => _user;

    internal LocalActorRef SystemGuardian => _system;

    internal DeadLetterRef DeadLetterOffice { get; }

    internal DateTimeOffset Now => Settings.TimeProvider.GetUtcNow();

    internal bool IsTerminating => Volatile.Read(ref _isTerminating);

    /// <summary>Makes a running system.</summary>
    /// <param name="name">Letters, digits, hyphen; the first part of every path.</param>
    /// <param name="settings">Null is the default.</param>
    /// <exception cref="ConfigurationException">The shutdown phases contradict themselves.</exception>
    public static ActorSystem Create(string name, ActorSystemSettings? settings = null)
    {
        ActorPath.CheckName(name);
        return new ActorSystem(name, settings ?? new ActorSystemSettings());
    }

    /// <inheritdoc />
    public IActorRef ActorOf(Props props, string? name = null) => _user.Cell.ActorOf(props, name);

    /// <inheritdoc />
    public void Stop(IActorRef actor)
    {
        InternalActorRef target = InternalActorRef.Of(actor);
        _user.Cell.Children.MarkDying(target);
        target.SendSystem(new Terminate());
    }

    /// <summary>Ends the system, through all phases of <see cref="CoordinatedShutdown"/> if its settings say so.</summary>
    /// <returns>Ends when all actors have gone.</returns>
    public Task Terminate()
    {
        if (!Settings.CoordinatedShutdown.RunByActorSystemTerminate) return FinalTerminate();
        _ = CoordinatedShutdown.Run(ActorSystemTerminateReason.Instance);
        return WhenTerminated;
    }

    internal Task FinalTerminate()
    {
        Volatile.Write(ref _isTerminating, true);
        _user.SendSystem(new Terminate());
        return WhenTerminated;
    }

    /// <summary>An actor under <c>/system</c>: it is there until the last user actor has gone.</summary>
    internal LocalActorRef SystemActorOf(Props props, string name) => _system.Cell.ActorOfChecked(props, name);

    internal int NextUid() => Interlocked.Increment(ref _uid);

    internal void CountRefused() => Interlocked.Increment(ref _refusedCount);

    internal void Publish(LogEvent logEvent)
    {
        if (logEvent.LogLevel >= LogLevel) EventStream.Publish(logEvent);
    }

    /// <summary>Capacity of a mailbox in messages; 0, for no id, is unbounded.</summary>
    /// <exception cref="ConfigurationException">No such mailbox.</exception>
    internal int CapacityOf(string? mailboxId)
    {
        if (mailboxId is null) return 0;
        return Settings.BoundedMailboxes.TryGetValue(mailboxId, out int capacity) && capacity > 0
            ? capacity
            : throw new ConfigurationException($"there is no bounded mailbox '{mailboxId}'");
    }

    private LocalActorRef StartTree(ActorPath rootPath, out LocalActorRef user, out LocalActorRef system)
    {
        var root = new LocalActorRef(this, Props.Create(static () => new RootActor()), _top, rootPath);
        root.Cell.Dispatcher.Attach(root);
        system = root.Cell.ActorOfChecked(Guardian(SupervisorStrategy.DefaultStrategy), "system");
        user = root.Cell.ActorOfChecked(Guardian(Settings.GuardianStrategy), "user");
        return root;

        static Props Guardian(SupervisorStrategy strategy) => Props.Create(() => new GuardianActor(strategy));
    }

    private void OnTerminated()
    {
        Scheduler.Stop();
        Dispatchers.Shutdown();
    }
}
