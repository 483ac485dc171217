namespace Natflow.Actors;

/// <summary>
/// Timers of an actor by key (contract B4). All end at restart and stop; a message of a timer that was cancelled or replaced is not
/// delivered, even if it is in the mailbox. To be used by the actor itself, while it handles a message.
/// </summary>
public interface ITimerScheduler
{
    /// <summary>Sends a message to the actor once.</summary>
    /// <param name="key">Replaces an active timer of an equal key.</param>
    /// <param name="message">What to receive.</param>
    /// <param name="timeout">When, from now; 0 or more.</param>
    void StartSingleTimer(object key, object message, TimeSpan timeout);

    /// <summary>Sends a message to the actor again and again. One that was not handled yet is not sent twice.</summary>
    /// <param name="key">Replaces an active timer of an equal key.</param>
    /// <param name="message">What to receive.</param>
    /// <param name="interval">Time from one to the next, also before the first; more than 0.</param>
    void StartPeriodicTimer(object key, object message, TimeSpan interval);

    /// <summary>Sends a message to the actor again and again.</summary>
    /// <param name="key">Replaces an active timer of an equal key.</param>
    /// <param name="message">What to receive.</param>
    /// <param name="initialDelay">Time before the first; 0 or more.</param>
    /// <param name="interval">Time from one to the next; more than 0.</param>
    void StartPeriodicTimer(object key, object message, TimeSpan initialDelay, TimeSpan interval);

    /// <summary>Whether a message of that timer may still come.</summary>
    /// <param name="key">Key of the timer.</param>
    bool IsTimerActive(object key);

    /// <summary>Ends a timer; nothing happens if there is none.</summary>
    /// <param name="key">Key of the timer.</param>
    void Cancel(object key);

    /// <summary>Ends all timers.</summary>
    void CancelAll();
}

/// <summary>An actor that wants timers.</summary>
public interface IWithTimers
{
    /// <summary>Set by the kernel after construction, before <c>PreStart</c>.</summary>
    ITimerScheduler Timers { get; set; }
}
