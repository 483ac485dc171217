namespace Natflow.Actors.Tests;

internal static class PuppetExtensions
{
    /// <summary>Runs an action in the context of a <see cref="PuppetActor"/>.</summary>
    internal static void Do(this IActorRef puppet, Action<IActorContext> action) => puppet.Tell(new PuppetActor.Do(action));

    /// <summary>Runs an action on the timers of a <see cref="TimedActor"/>.</summary>
    internal static void Do(this IActorRef timed, Action<IActorContext, ITimerScheduler> action) => timed.Tell(new TimedActor.Do(action));

    /// <summary>A child of a puppet, made in its context.</summary>
    internal static IActorRef MakeChild(this IActorRef puppet, Props props, string name)
    {
        using var made = new ManualResetEventSlim();
        IActorRef child = ActorRefs.Nobody;
        puppet.Do(context =>
        {
            child = context.ActorOf(props, name);
            made.Set();
        });
        Assert.True(made.Wait(TimeSpan.FromSeconds(10)));
        return child;
    }
}
