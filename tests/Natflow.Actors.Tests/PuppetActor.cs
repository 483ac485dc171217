namespace Natflow.Actors.Tests;

/// <summary>Does what it is told and tells a probe about its life: throws exceptions, runs actions in its context, echoes the rest.</summary>
internal class PuppetActor : ActorBase
{
    private readonly IActorRef? _observer;
    private readonly SupervisorStrategy? _strategy;

    internal PuppetActor(IActorRef? observer = null, SupervisorStrategy? strategy = null)
    {
        _observer = observer;
        _strategy = strategy;
        Report("constructor");
    }

    internal static Props Props(IActorRef? observer = null, SupervisorStrategy? strategy = null) =>
        Actors.Props.Create(() => new PuppetActor(observer, strategy));

    protected override bool Receive(object message)
    {
        switch (message)
        {
            case Exception e:
                throw e;
            case Do { Action: var action }:
                action(Context);
                return true;
            case string or int:
                Sender.Tell(message);
                return true;
            default:
                return false;
        }
    }

    protected override void PreStart() => Report("PreStart");

    protected override void PostStop() => Report("PostStop");

    protected override void PreRestart(Exception reason, object? message)
    {
        Report("PreRestart");
        base.PreRestart(reason, message);
    }

    protected override void PostRestart(Exception reason)
    {
        Report("PostRestart");
        base.PostRestart(reason);
    }

    protected override SupervisorStrategy SupervisorStrategy() => _strategy ?? base.SupervisorStrategy();

    private void Report(string what) => _observer?.Tell($"{Self.Path.Name} {what}");

    internal sealed record Do(Action<IActorContext> Action);
}
