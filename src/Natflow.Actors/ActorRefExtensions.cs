using Natflow.Actors.Cells;

namespace Natflow.Actors;

/// <summary>The usual ways to use a reference.</summary>
public static class ActorRefExtensions
{
    /// <summary>Sends a message; the sender is the actor whose handler is running on this thread, if any.</summary>
    /// <param name="receiver">Where to.</param>
    /// <param name="message">An immutable object.</param>
    public static void Tell(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.Self);

    /// <summary>Sends a message on, with the sender of the message that is being handled (contract A7).</summary>
    /// <param name="receiver">Where to.</param>
    /// <param name="message">Usually the message being handled.</param>
    public static void Forward(this IActorRef receiver, object message) => receiver.Tell(message, ActorCell.Current?.Sender);

    /// <summary>Sends a question and gives the first answer (contract A6). Any thread.</summary>
    /// <param name="receiver">Whom to ask.</param>
    /// <param name="message">The question; its sender is a temporary reference.</param>
    /// <param name="timeout">How long to wait; null is for ever.</param>
    /// <param name="cancellationToken">Ends the waiting with a cancelled task.</param>
    /// <typeparam name="T">Type of the answer.</typeparam>
    /// <returns>
    /// Faulted by <see cref="AskTimeoutException"/>, by the cause of a <see cref="Status.Failure"/> answer, or by
    /// <see cref="InvalidCastException"/> for an answer of another type.
    /// </returns>
    public static Task<T> Ask<T>(
        this IActorRef receiver, object message, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested) return Task.FromCanceled<T>(cancellationToken);
        var question = new AskRef<T>((receiver as InternalActorRef)?.System);
        question.Arm(receiver, timeout, cancellationToken);
        receiver.Tell(message, question);
        return question.Answer;
    }

    /// <inheritdoc cref="Ask{T}(IActorRef, object, TimeSpan?, CancellationToken)" />
    public static Task<object> Ask(
        this IActorRef receiver, object message, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        receiver.Ask<object>(message, timeout, cancellationToken);

    /// <summary>Sends the outcome of a task to an actor: its result, or <see cref="Status.Failure"/> (contract A4).</summary>
    /// <param name="task">Runs elsewhere.</param>
    /// <param name="recipient">Usually <c>Self</c>.</param>
    /// <param name="sender">Sender of the message; null is the actor whose handler is running now.</param>
    /// <param name="success">Makes the message from the result; null sends the result itself. Runs on any thread: touch no state.</param>
    /// <param name="failure">Makes the message from the failure.</param>
    /// <returns>Ends after the message was sent; never faulted.</returns>
    public static Task PipeTo<T>(
        this Task<T> task, IActorRef recipient, IActorRef? sender = null, Func<T, object>? success = null, Func<Exception, object>? failure = null)
    {
        IActorRef? from = sender ?? ActorCell.Current?.Self;
        return task.ContinueWith(
            ended =>
            {
                object message = ended.IsCompletedSuccessfully
                    ? Succeeded(ended.GetAwaiter().GetResult(), success)
                    : Failure(ended, failure);
                recipient.Tell(message, from);
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    /// <summary>Stops an actor by a message and says when it has gone.</summary>
    /// <param name="target">The actor.</param>
    /// <param name="timeout">How long to wait.</param>
    /// <param name="stopMessage">What makes it stop; null is <see cref="PoisonPill"/>.</param>
    /// <returns>True when it has stopped; a cancelled task if it did not in time.</returns>
    public static async Task<bool> GracefulStop(this IActorRef target, TimeSpan timeout, object? stopMessage = null)
    {
        InternalActorRef subject = InternalActorRef.Of(target);
        var watcher = new TerminationRef(subject.System);
        subject.SendSystem(new Dispatch.Watch(subject, watcher));
        target.Tell(stopMessage ?? PoisonPill.Instance, ActorRefs.NoSender);
        TimeProvider time = subject.System?.Settings.TimeProvider ?? TimeProvider.System;
        try
        {
            return await watcher.Terminated.WaitAsync(timeout, time);
        }
        catch (TimeoutException e)
        {
            subject.SendSystem(new Dispatch.Unwatch(watcher));
            throw new TaskCanceledException($"{target} did not stop within {timeout}", e);
        }
    }

    private static object Succeeded<T>(T result, Func<T, object>? convert)
    {
        if (convert is not null) return convert(result);
        return result is null ? new Status.Failure(new InvalidMessageException("the task gave null")) : result;
    }

    private static object Failure(Task task, Func<Exception, object>? convert)
    {
        Exception cause = task.Exception?.InnerException ?? new TaskCanceledException(task);
        return convert is null ? new Status.Failure(cause) : convert(cause);
    }
}
