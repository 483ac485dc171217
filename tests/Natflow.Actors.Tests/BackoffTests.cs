using Natflow.Actors.Pattern;
using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class BackoffTests : TestKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void V7_OnStop_ChildComesBackLaterEachTime()
    {
        IActorRef supervisor = ActorOf(BackoffSupervisor.Props(OnStop().WithManualReset()));
        ExpectBirth();
        foreach (int seconds in new[] { 1, 2, 4, 4 })
        {
            supervisor.Tell(PoisonedChild);
            ExpectMsg("child PostStop");
            Settle();
            ExpectNoMsg((seconds * Second) - TimeSpan.FromMilliseconds(1));
            Advance(TimeSpan.FromMilliseconds(1));
            ExpectBirth();
        }
    }

    [Fact]
    public void V7_OnFailure_ChildIsStoppedAndComesBack()
    {
        IActorRef supervisor = ActorOf(BackoffSupervisor.Props(OnFailure()));
        ExpectBirth();
        supervisor.Tell(new InvalidOperationException("once"));
        ExpectMsg("child PostStop");
        ExpectNoMsg();
        Advance(Second);
        ExpectBirth();
    }

    [Fact]
    public void V7_OnFailureChildStopsItself_SupervisorStops()
    {
        IActorRef supervisor = Watch(ActorOf(BackoffSupervisor.Props(OnFailure())));
        ExpectBirth();
        supervisor.Tell(PoisonedChild);
        ExpectMsg("child PostStop");
        ExpectTerminated(supervisor);
    }

    [Fact]
    public void V7_TooManyReturns_SupervisorStops()
    {
        IActorRef supervisor = Watch(ActorOf(BackoffSupervisor.Props(OnStop(maxNrOfRetries: 1))));
        ExpectBirth();
        supervisor.Tell(PoisonedChild);
        ExpectMsg("child PostStop");
        Settle();
        Advance(Second - TimeSpan.FromMilliseconds(1));
        ExpectNoMsg();
        Advance(TimeSpan.FromMilliseconds(1));
        ExpectBirth();
        supervisor.Tell(PoisonedChild);
        ExpectMsg("child PostStop");
        ExpectTerminated(supervisor);
    }

    [Fact]
    public void V7_ChildLivedLongEnough_CountIsReset()
    {
        IActorRef supervisor = ActorOf(BackoffSupervisor.Props(OnStop()));
        ExpectBirth();
        for (int i = 0; i < 3; i++)
        {
            supervisor.Tell(PoisonedChild);
            ExpectMsg("child PostStop");
            Settle();
            Advance(Second);
            ExpectBirth();
            supervisor.Tell(BackoffSupervisor.GetRestartCount.Instance);
            ExpectMsg(new BackoffSupervisor.RestartCount(1));
            Advance(Second);
        }

        supervisor.Tell(BackoffSupervisor.GetRestartCount.Instance);
        ExpectMsg(new BackoffSupervisor.RestartCount(0));
    }

    [Fact]
    public void V7_ChildIsAway_MessagesAreDeadLettersOrAnswered()
    {
        IActorRef silent = ActorOf(BackoffSupervisor.Props(OnStop()));
        ExpectBirth();
        silent.Tell(PoisonedChild);
        ExpectMsg("child PostStop");
        Settle();
        EventFilter.DeadLetter<string>().ExpectOne(() => silent.Tell("anyone?"));

        IActorRef polite = ActorOf(BackoffSupervisor.Props(OnStop().WithReplyWhileStopped("away")));
        ExpectBirth();
        polite.Tell(PoisonedChild);
        ExpectMsg("child PostStop");
        Settle();
        polite.Tell("anyone?");
        ExpectMsg("away");
    }

    [Fact]
    public void V7_RandomFactor_AddsAtMostItsFraction()
    {
        BackoffOptions options = Backoff.OnStop(PuppetActor.Props(), "child", Second, 4 * Second, 0.5);
        Assert.Equal(Second, options.Delay(0, 0));
        Assert.Equal(TimeSpan.FromSeconds(1.5), options.Delay(0, 1));
        Assert.Equal(TimeSpan.FromSeconds(6), options.Delay(1000, 1));
    }

    private static PuppetActor.Do PoisonedChild => new(context => context.Stop(context.Self));

    private BackoffOptions OnStop(int maxNrOfRetries = -1) =>
        Backoff.OnStop(PuppetActor.Props(TestActor), "child", Second, 4 * Second, 0, maxNrOfRetries);

    private BackoffOptions OnFailure() => Backoff.OnFailure(PuppetActor.Props(TestActor), "child", Second, 4 * Second, 0);

    private void ExpectBirth()
    {
        ExpectMsg("child constructor");
        ExpectMsg("child PreStart");
    }
}
