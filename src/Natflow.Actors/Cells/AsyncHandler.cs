using Natflow.Actors.Dispatch;

namespace Natflow.Actors.Cells;

/// <summary>
/// A handler that returned a task. Until the task ends no other message is handled, kernel messages included, and its pieces run as
/// turns of the actor: the cell is their synchronisation context (contract A5).
/// </summary>
internal sealed class AsyncHandler(ActorCell cell) : SynchronizationContext
{
    private readonly Queue<SystemMessage> _deferred = new();

    internal bool IsRunning { get; private set; }

    public override void Post(SendOrPostCallback d, object? state) => cell.Self.SendSystem(new Continuation(d, state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("an actor cannot be waited for");

    public override SynchronizationContext CreateCopy() => this;

    internal void Run<T>(Func<T, Task> handler, T message)
    {
        Task task = Within(() => handler(message));
        if (task.IsCompleted)
        {
            task.GetAwaiter().GetResult(); // Throws what the handler threw.
            return;
        }

        IsRunning = true;
        cell.Mailbox.Suspend();
        _ = task.ContinueWith(
            static (ended, self) => ((LocalActorRef)self!).SendSystem(new AsyncHandlerEnded(ended)),
            cell.Self,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Looks at a message of the kernel before it is handled.</summary>
    /// <returns>True if the message has to wait for the end of the handler.</returns>
    internal bool Defers(SystemMessage message)
    {
        if (!IsRunning || message is Continuation or AsyncHandlerEnded) return false;
        _deferred.Enqueue(message);
        return true;
    }

    internal void Continue(Continuation continuation) =>
        _ = Within(() =>
        {
            continuation.Run();
            return Task.CompletedTask;
        });

    internal void End(Task task)
    {
        IsRunning = false;
        cell.Mailbox.Resume();
        if (!task.IsCompletedSuccessfully)
            cell.Faults.OnFailure(task.Exception?.InnerException ?? new TaskCanceledException(task), cell.CurrentEnvelope.Message);
        while (!IsRunning && _deferred.TryDequeue(out SystemMessage? message))
            cell.HandleDeferred(message);
    }

    private Task Within(Func<Task> piece)
    {
        SynchronizationContext? outer = Current;
        SetSynchronizationContext(this);
        try
        {
            return piece();
        }
        finally
        {
            SetSynchronizationContext(outer);
        }
    }
}
