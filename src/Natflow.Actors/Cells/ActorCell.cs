using Natflow.Actors.Dispatch;

namespace Natflow.Actors.Cells;

/// <summary>The kernel's side of one actor: instance, behaviour, current message; its parts know children, watches and failures.</summary>
internal sealed class ActorCell : IActorContext
{
    [ThreadStatic]
    private static ActorCell? _currentOnThread;

    private static readonly Receive Unborn = static _ => false;

    private readonly PolledMailbox? _polled;
    private Receive _behaviour = Unborn;
    private Stack<Receive>? _below;
    private Envelope _current;
    private SupervisorStrategy? _strategy;
    private AsyncHandler? _async;
    private ReceiveTimeoutTimer? _receiveTimeout;
    private TimerScheduler? _timers;
    private StashQueue? _stash;
    private int _generatedNames;

    internal ActorCell(LocalActorRef self, ActorSystem system, Props props, InternalActorRef supervisor)
    {
        Self = self;
        System = system;
        Props = props;
        Supervisor = supervisor;
        _polled = props.PolledMailbox;
        Dispatcher = _polled?.Dispatcher ?? system.Dispatchers.Lookup(props.Dispatcher);
        Mailbox = new Mailbox(this, Dispatcher, _polled?.Capacity ?? system.CapacityOf(props.Mailbox));
        Faults = new FaultHandling(this);
        DeathWatch = new DeathWatch(this);
    }

    /// <summary>The cell whose turn this thread runs; null outside of actors.</summary>
    internal static ActorCell? Current
    {
        get => _currentOnThread;
        set => _currentOnThread = value;
    }

    public TimeSpan? ReceiveTimeout => _receiveTimeout?.Due;

    public Props Props { get; }

    public ActorSystem System { get; }

    public IActorRef Sender => _current.Sender ?? System.DeadLetters;

    public IActorRef Parent => Supervisor;

    IActorRef IActorContext.Self => Self;

    internal LocalActorRef Self { get; }

    internal InternalActorRef Supervisor { get; }

    internal MessageDispatcher Dispatcher { get; }

    internal Mailbox Mailbox { get; }

    internal ChildrenContainer Children { get; } = new();

    internal DeathWatch DeathWatch { get; }

    internal FaultHandling Faults { get; }

    /// <summary>Null before it is made, while it is replaced and when it has gone.</summary>
    internal ActorBase? Actor { get; private set; }

    internal bool IsMakingActor { get; private set; }

    internal ref readonly Envelope CurrentEnvelope => ref _current;

    internal SupervisorStrategy Strategy =>
        Props.SupervisorStrategy ?? (_strategy ??= Actor?.CallSupervisorStrategy()) ?? SupervisorStrategy.DefaultStrategy;

    public IActorRef ActorOf(Props props, string? name = null)
    {
        if (name is null)
            name = $"${Interlocked.Increment(ref _generatedNames)}";
        else
            ActorPath.CheckName(name);
        return ActorOfChecked(props, name);
    }

    public IActorRef Child(string name) => Children.ByName(name) ?? ActorRefs.Nobody;

    public IReadOnlyCollection<IActorRef> GetChildren() => Array.ConvertAll(Children.Stats(), static IActorRef (child) => child.Child);

    public void Stop(IActorRef actor)
    {
        InternalActorRef target = InternalActorRef.Of(actor);
        Children.MarkDying(target);
        target.SendSystem(new Terminate());
    }

    public IActorRef Watch(IActorRef subject)
    {
        DeathWatch.Watch(subject, message: null);
        return subject;
    }

    public IActorRef WatchWith(IActorRef subject, object message)
    {
        InvalidMessageException.ThrowIfNull(message);
        DeathWatch.Watch(subject, message);
        return subject;
    }

    public IActorRef Unwatch(IActorRef subject)
    {
        DeathWatch.Unwatch(subject);
        return subject;
    }

    public void Become(Receive receive) => _behaviour = receive;

    public void BecomeStacked(Receive receive)
    {
        (_below ??= new Stack<Receive>()).Push(_behaviour);
        _behaviour = receive;
    }

    public void UnbecomeStacked() =>
        _behaviour = _below is { Count: > 0 } ? _below.Pop() : Actor!.InitialBehaviour;

    public void SetReceiveTimeout(TimeSpan? timeout)
    {
        _receiveTimeout?.Cancel();
        _receiveTimeout = timeout is { } due ? new ReceiveTimeoutTimer(this, due) : null;
    }

    /// <summary>The name is not checked: the kernel's own actors start with what users may not.</summary>
    internal LocalActorRef ActorOfChecked(Props props, string name)
    {
        var child = new LocalActorRef(System, props, Self, Self.Path.Child(name, System.NextUid()));
        Children.Add(child);
        try
        {
            child.Cell.Dispatcher.Attach(child);
            props.PolledMailbox?.Bind(child.Cell.Mailbox);
        }
        catch (InvalidOperationException)
        {
            Children.Remove(child);
            throw;
        }

        child.SendSystem(new Create());
        return child;
    }

    /// <summary>Handles one user message.</summary>
    internal void Invoke(in Envelope envelope)
    {
        _current = envelope;
        _stash?.OnNextMessage();
#pragma warning disable CA1031 // Whatever a handler throws is the parent's affair.
        try
        {
            if (envelope.Message is IAutoReceivedMessage automatic)
                ReceiveAutomatic(automatic);
            else
                Deliver(envelope.Message);
        }
        catch (Exception e)
        {
            Faults.OnFailure(e, _current.Message);
        }
#pragma warning restore CA1031
        if (_receiveTimeout is { } timeout && _current.Message is not (INotInfluenceReceiveTimeout or ReceiveTimeoutDue))
            timeout.OnActivity();
    }

    /// <summary>Handles one message of the kernel.</summary>
    internal void InvokeSystem(SystemMessage message)
    {
        if (Faults.IsTerminated)
        {
            System.DeadLetterOffice.SendSystem(message);
            return;
        }

        if (_async?.Defers(message) == true) return;
#pragma warning disable CA1031 // Whatever user code throws is the parent's affair.
        try
        {
            Handle(message);
        }
        catch (Exception e)
        {
            Faults.OnFailure(e, message: null);
        }
#pragma warning restore CA1031
    }

    /// <summary>The thread goes elsewhere: a finished message is not kept alive.</summary>
    internal void EndTurn()
    {
        if (!Faults.IsFailed && _async is not { IsRunning: true }) _current = default;
    }

    /// <summary>First instance, or the first after a failed one.</summary>
    /// <exception cref="ActorInitializationException">Constructor or PreStart threw.</exception>
    internal void MakeAndStart()
    {
#pragma warning disable CA1031 // Rethrown as what it means.
        try
        {
            MakeActor();
            Actor!.CallPreStart();
        }
        catch (Exception e)
        {
            ReleaseActor();
            throw new ActorInitializationException($"{Self} could not be made: {e.Message}", e);
        }
#pragma warning restore CA1031
    }

    internal void MakeActor()
    {
        IsMakingActor = true;
        _behaviour = Unborn;
        _strategy = null;
        try
        {
            Actor = Props.NewActor();
        }
        finally
        {
            IsMakingActor = false;
        }

        if (ReferenceEquals(_behaviour, Unborn)) _behaviour = Actor.InitialBehaviour;
        if (Actor is IWithTimers timed) timed.Timers = _timers = new TimerScheduler(this);
        if (Actor is IWithStash stashing) stashing.Stash = _stash = new StashQueue(this, Props.StashCapacity);
    }

    /// <summary>The instance is done: its timers end, and what it stashed goes back in front of the mailbox (contract L7).</summary>
    internal void ReleaseActor()
    {
        _timers?.CancelAll();
        Actor?.OnReleasing();
        _stash?.UnstashAll();
        SetReceiveTimeout(timeout: null);
        _timers = null;
        _stash = null;
        _below = null;
        Actor = null;
    }

    internal void RunAsync<T>(Func<T, Task> handler, T message) => (_async ??= new AsyncHandler(this)).Run(handler, message);

    internal void HandleDeferred(SystemMessage message) => InvokeSystem(message);

    private void Handle(SystemMessage message)
    {
        switch (message)
        {
            case Create:
                MakeAndStart();
                break;
            case Suspend:
                Faults.OnSuspend();
                break;
            case Resume resume:
                Faults.OnResume(resume.Cause);
                break;
            case Recreate recreate:
                Faults.OnRecreate(recreate.Cause);
                break;
            case Terminate:
                Faults.OnTerminate();
                break;
            case Failed failed:
                Faults.OnChildFailed(failed);
                break;
            case Watch watch:
                DeathWatch.AddWatcher(watch.Watcher);
                break;
            case Unwatch unwatch:
                DeathWatch.RemoveWatcher(unwatch.Watcher);
                break;
            case DeathWatchNotification notice:
                if (!Faults.IsTerminating) DeathWatch.OnNotification(notice);
                Faults.OnChildTerminated(notice.Actor);
                break;
            case Continuation continuation:
                (_async ??= new AsyncHandler(this)).Continue(continuation);
                break;
            case AsyncHandlerEnded ended:
                _async!.End(ended.Task);
                break;
        }
    }

    private void ReceiveAutomatic(IAutoReceivedMessage message)
    {
        switch (message)
        {
            case ActorTimer timer when _timers?.Take(timer) is { } due:
                DeliverAs(due);
                break;
            case ReceiveTimeoutDue idle when ReferenceEquals(idle.Timer, _receiveTimeout) && idle.Timer.IsDue():
                Deliver(Actors.ReceiveTimeout.Instance);
                break;
            case Terminated terminated when DeathWatch.Take(terminated) is { } notice:
                DeliverAs(notice);
                break;
            case PoisonPill:
                Stop(Self);
                break;
            case Kill:
                throw new ActorKilledException($"{Self} was killed");
            case Identify identify:
                Sender.Tell(new ActorIdentity(identify.MessageId, Self), Self);
                break;
        }
    }

    private void DeliverAs(object message)
    {
        _current = new Envelope(message, _current.Sender);
        Deliver(message);
    }

    private void Deliver(object message)
    {
        ActorBase actor = Actor!;
        if (!actor.AroundReceive(_behaviour, message)) actor.CallUnhandled(message);
    }
}
