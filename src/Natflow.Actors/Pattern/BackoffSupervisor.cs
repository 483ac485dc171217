namespace Natflow.Actors.Pattern;

/// <summary>Parent of one child that, when the child is lost, waits before it makes another, longer each time (contract V7).</summary>
/// <remarks>What it receives goes to the child; what the child sends to it goes to its own parent. Senders stay.</remarks>
public sealed class BackoffSupervisor : ReceiveActor, IWithTimers
{
    private readonly BackoffOptions _options;
    private readonly Random _random;
    private IActorRef? _child;
    private int _restartCount;
    private bool _isRestarting; // The child was stopped to be brought back.

    private BackoffSupervisor(BackoffOptions options)
    {
        _options = options;
        _random = new Random(HashCode.Combine(Self.Path.Uid, Context.System.Scheduler.Now.Ticks));
        Receive<Terminated>(OnTerminated, terminated => terminated.ActorRef.Equals(_child));
        Receive<StartChild>(_ => OnStartChild());
        Receive<ResetCount>(_ => _restartCount = 0);
        Receive<Reset>(_ => _restartCount = 0);
        Receive<GetCurrentChild>(_ => Sender.Tell(new CurrentChild(_child)));
        Receive<GetRestartCount>(_ => Sender.Tell(new RestartCount(_restartCount)));
        ReceiveAny(OnOther);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>Props of a supervisor.</summary>
    /// <param name="options">By <see cref="Backoff"/>.</param>
    public static Props Props(BackoffOptions options) => Actors.Props.Create(() => new BackoffSupervisor(options));

    /// <inheritdoc />
    protected override void PreStart() => OnStartChild();

    /// <inheritdoc />
    protected override SupervisorStrategy SupervisorStrategy() => new OneForOneStrategy(Decide);

    private Directive Decide(Exception cause)
    {
        Directive directive = _options.Decider(cause);
        if (directive != Directive.Restart || !_options.IsOnFailure) return directive;
        _isRestarting = true;
        return Directive.Stop;
    }

    private void OnStartChild()
    {
        _child = Context.Watch(Context.ActorOf(_options.ChildProps, _options.ChildName));
        if (_options.AutoReset is { } lifetime) Timers.StartSingleTimer(nameof(ResetCount), ResetCount.Instance, lifetime);
    }

    private void OnTerminated(Terminated terminated)
    {
        _child = null;
        Timers.Cancel(nameof(ResetCount));
        bool comesBack = _isRestarting || !_options.IsOnFailure;
        _isRestarting = false;
        if (!comesBack || (_options.MaxNrOfRetries >= 0 && _restartCount >= _options.MaxNrOfRetries))
        {
            Context.Stop(Self);
            return;
        }

        Timers.StartSingleTimer(nameof(StartChild), StartChild.Instance, _options.Delay(_restartCount, _random.NextDouble()));
        _restartCount++;
    }

    private void OnOther(object message)
    {
        if (_child is not null && Sender.Equals(_child))
            Context.Parent.Forward(message);
        else if (_child is not null)
            _child.Forward(message);
        else if (_options.ReplyWhileStopped is { } reply)
            Sender.Tell(reply);
        else
            Context.System.DeadLetters.Forward(message);
    }

    /// <summary>Asks for <see cref="CurrentChild"/>.</summary>
    public sealed record GetCurrentChild
    {
        /// <summary>The only one.</summary>
        public static GetCurrentChild Instance { get; } = new();
    }

    /// <summary>Asks for <see cref="RestartCount"/>.</summary>
    public sealed record GetRestartCount
    {
        /// <summary>The only one.</summary>
        public static GetRestartCount Instance { get; } = new();
    }

    /// <summary>The next wait is the shortest again.</summary>
    public sealed record Reset
    {
        /// <summary>The only one.</summary>
        public static Reset Instance { get; } = new();
    }

    /// <summary>The child.</summary>
    /// <param name="Ref">Null while it is away.</param>
    public sealed record CurrentChild(IActorRef? Ref);

    /// <summary>How often the child was brought back since the last reset.</summary>
    /// <param name="Count">0 or more.</param>
    public sealed record RestartCount(int Count);

    private sealed record StartChild
    {
        internal static readonly StartChild Instance = new();
    }

    private sealed record ResetCount
    {
        internal static readonly ResetCount Instance = new();
    }
}
