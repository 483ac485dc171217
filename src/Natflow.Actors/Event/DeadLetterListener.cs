namespace Natflow.Actors.Event;

/// <summary>
/// Logs the first dead letters, then keeps quiet for a while, so that a flood of them does not become a flood of log lines
/// (contract D2).
/// </summary>
internal sealed class DeadLetterListener : ReceiveActor, IWithTimers
{
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly int _loggedMax;
    private readonly TimeSpan _quiet;
    private int _count;

    internal DeadLetterListener(int loggedMax, TimeSpan quiet)
    {
        _loggedMax = loggedMax;
        _quiet = quiet;
        Receive<DeadLetter>(OnDeadLetter);
        Receive<EndOfQuiet>(_ => OnEndOfQuiet());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));

    private void OnDeadLetter(DeadLetter letter)
    {
        _count++;
        if (_count > _loggedMax || Context.System.IsTerminating) return;
        bool isLast = _count == _loggedMax;
        _log.Info(
            "{0} from {1} to {2} was not delivered, dead letter {3}{4}",
            letter.Message.GetType().Name,
            letter.Sender,
            letter.Recipient,
            _count,
            isLast ? $"; no more are logged for {_quiet}" : string.Empty);
        if (isLast) Timers.StartSingleTimer(nameof(EndOfQuiet), EndOfQuiet.Instance, _quiet);
    }

    private void OnEndOfQuiet()
    {
        if (_count > _loggedMax) _log.Info("{0} more dead letters were not logged", _count - _loggedMax);
        _count = 0;
    }

    private sealed class EndOfQuiet
    {
        internal static readonly EndOfQuiet Instance = new();
    }
}
