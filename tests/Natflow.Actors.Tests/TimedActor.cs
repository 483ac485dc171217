namespace Natflow.Actors.Tests;

/// <summary>Runs actions on its timers and tells an observer what they send.</summary>
internal sealed class TimedActor : ReceiveActor, IWithTimers
{
    internal TimedActor(IActorRef observer)
    {
        Receive<Do>(order => order.Action(Context, Timers));
        Receive<string>(message => observer.Tell(message));
    }

    public ITimerScheduler Timers { get; set; } = null!;

    internal sealed record Do(Action<IActorContext, ITimerScheduler> Action);
}
