using Natflow.Actors.Dispatch;

namespace Natflow.Actors.Cells;

/// <summary>Temporary reference under <c>/temp</c> that takes one answer.</summary>
internal sealed class AskRef<T>(ActorSystem? system) : InternalActorRef
{
    private readonly TaskCompletionSource<T> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ActorPath? _path; // Made when somebody looks: most questions are answered unseen.
    private List<InternalActorRef>? _watchers;
    private ITimer? _timer;
    private CancellationTokenRegistration _cancellation;

    public override ActorPath Path =>
        _path ?? Interlocked.CompareExchange(ref _path, NewPath(), comparand: null) ?? _path;

    internal Task<T> Answer => _answer.Task;

    internal override ActorSystem? System => system;

    public override void Tell(object message, IActorRef? sender)
    {
        InvalidMessageException.ThrowIfNull(message);
        bool isFirst = message switch
        {
            Status.Failure failure => _answer.TrySetException(failure.Cause),
            T answer => _answer.TrySetResult(answer),
            _ => _answer.TrySetException(new InvalidCastException($"expected {typeof(T)}, got {message.GetType()}")),
        };
        if (isFirst)
            End();
        else
            system?.DeadLetterOffice.Publish(message, sender, this);
    }

    internal void Arm(IActorRef receiver, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        if (timeout is { } due)
        {
            TimeProvider time = system?.Settings.TimeProvider ?? TimeProvider.System;
            _timer = time.CreateTimer(
                _ => Fail(new AskTimeoutException($"no answer from {receiver} within {due}")), state: null, due, Timeout.InfiniteTimeSpan);
        }

        if (cancellationToken.CanBeCanceled)
            _cancellation = cancellationToken.Register(() => Fail(new TaskCanceledException("ask was cancelled", innerException: null, cancellationToken)));
    }

    internal override void SendSystem(SystemMessage message)
    {
        switch (message)
        {
            case Watch watch when TryAddWatcher(watch.Watcher):
                break;
            case Unwatch unwatch:
                lock (_answer)
                    _watchers?.Remove(unwatch.Watcher);
                break;
            case Terminate:
                Fail(new TaskCanceledException("the asking reference was stopped"));
                break;
            default:
                AnswerForTheDead(message);
                break;
        }
    }

    private ActorPath NewPath() => ActorPath.Root(system?.Name ?? "all-systems").Child("temp", 0).Child($"${system?.NextUid()}", 0);

    private bool TryAddWatcher(InternalActorRef watcher)
    {
        lock (_answer)
        {
            if (_answer.Task.IsCompleted) return false;
            (_watchers ??= []).Add(watcher);
            return true;
        }
    }

    private void Fail(Exception cause)
    {
        bool isFirst = cause is OperationCanceledException cancelled
            ? _answer.TrySetCanceled(cancelled.CancellationToken)
            : _answer.TrySetException(cause);
        if (isFirst) End();
    }

    private void End()
    {
        _timer?.Dispose();
        _cancellation.Dispose();
        List<InternalActorRef>? watchers;
        lock (_answer)
            watchers = _watchers;
        foreach (InternalActorRef watcher in watchers ?? [])
            watcher.SendSystem(new DeathWatchNotification(this, existenceConfirmed: true));
    }
}
