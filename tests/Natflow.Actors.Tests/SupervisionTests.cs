using Natflow.Actors.Event;
using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class SupervisionTests : TestKit
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void V1_Resume_KeepsStateAndWakesDescendants()
    {
        IActorRef child = ChildUnder(new OneForOneStrategy(_ => Directive.Resume));
        IActorRef leaf = child.MakeChild(PuppetActor.Props(), "leaf");
        ReceiveN(2);
        child.Tell(new InvalidOperationException("once"));
        child.Tell("same instance");
        ExpectMsg("same instance");
        leaf.Tell("awake");
        ExpectMsg("awake");
        ExpectNoMsg();
    }

    [Fact]
    public void V1_Restart_MakesNewInstance()
    {
        IActorRef child = ChildUnder(new OneForOneStrategy(_ => Directive.Restart));
        ReceiveN(2);
        child.Tell(new InvalidOperationException("once"));
        Assert.Equal(["c PreRestart", "c PostStop", "c constructor", "c PostRestart", "c PreStart"], ReceiveN(5));
    }

    [Fact]
    public void V1_Stop_EndsTheChild()
    {
        IActorRef child = Watch(ChildUnder(new OneForOneStrategy(_ => Directive.Stop)));
        ReceiveN(2);
        child.Tell(new InvalidOperationException("once"));
        ExpectMsg("c PostStop");
        ExpectTerminated(child);
    }

    [Fact]
    public void V1_Escalate_ParentFailsWithSameCause()
    {
        var cause = new InvalidOperationException("once");
        Exception? seen = null;
        IActorRef top = ActorOf(PuppetActor.Props(strategy: new OneForOneStrategy(e =>
        {
            seen = e;
            return Directive.Restart;
        })));
        IActorRef middle = top.MakeChild(PuppetActor.Props(TestActor, new OneForOneStrategy(_ => Directive.Escalate)), "m");
        IActorRef child = middle.MakeChild(PuppetActor.Props(TestActor), "c");
        ReceiveN(4);
        Watch(child);
        child.Tell(cause);
        Assert.Equal(["m PreRestart", "m PostStop", "c PostStop"], ReceiveN(3));
        FishForMessage<string>(message => message == "m PreStart");
        Assert.Same(cause, seen);
    }

    [Fact]
    public void V1_EscalateThenResume_WakesTheFailedChild()
    {
        IActorRef top = ActorOf(PuppetActor.Props(strategy: new OneForOneStrategy(_ => Directive.Resume)));
        IActorRef middle = top.MakeChild(PuppetActor.Props(strategy: new OneForOneStrategy(_ => Directive.Escalate)), "m");
        IActorRef child = middle.MakeChild(PuppetActor.Props(), "c");
        IActorRef sibling = middle.MakeChild(PuppetActor.Props(), "s");
        child.Tell(new InvalidOperationException("once"));
        child.Tell("child");
        sibling.Tell("sibling");
        middle.Tell("middle");
        ExpectMsgAllOf("child", "sibling", "middle");
        child.Tell(new InvalidOperationException("twice"));
        child.Tell("again");
        ExpectMsg("again");
    }

    [Fact]
    public void V2_DefaultDecider_StopsWhatCannotBeHelped()
    {
        Assert.Equal(Directive.Stop, SupervisorStrategy.DefaultDecider(new ActorInitializationException("x")));
        Assert.Equal(Directive.Stop, SupervisorStrategy.DefaultDecider(new ActorKilledException("x")));
        Assert.Equal(Directive.Stop, SupervisorStrategy.DefaultDecider(new DeathPactException(TestActor)));
        Assert.Equal(Directive.Restart, SupervisorStrategy.DefaultDecider(new InvalidOperationException("x")));
    }

    [Fact]
    public void V3_OneForOne_SiblingIsNotTouched()
    {
        (IActorRef first, _) = Siblings(new OneForOneStrategy(_ => Directive.Restart));
        first.Tell(new InvalidOperationException("once"));
        Assert.Equal(["a PreRestart", "a PostStop", "a constructor", "a PostRestart", "a PreStart"], ReceiveN(5));
        ExpectNoMsg();
    }

    [Fact]
    public void V3_AllForOne_AllAreRestarted()
    {
        (IActorRef first, IActorRef second) = Siblings(new AllForOneStrategy(_ => Directive.Restart));
        first.Tell(new InvalidOperationException("once"));
        IReadOnlyList<object> seen = ReceiveN(10);
        Assert.Contains("a PostRestart", seen);
        Assert.Contains("b PostRestart", seen);
        second.Tell("alive");
        ExpectMsg("alive");
    }

    [Fact]
    public void V3_AllForOneWithoutPermission_AllAreStopped()
    {
        (IActorRef first, IActorRef second) = Siblings(new AllForOneStrategy(0, TimeSpan.Zero, _ => Directive.Restart));
        Watch(first);
        Watch(second);
        first.Tell(new InvalidOperationException("once"));
        var gone = ReceiveN(4).OfType<Terminated>().Select(terminated => terminated.ActorRef).ToHashSet();
        Assert.Equal([first, second], gone);
    }

    [Theory]
    [InlineData(0, 0, 0)] // Never.
    [InlineData(2, 0, 2)] // In total.
    [InlineData(-1, 60, 1)] // Once a window.
    [InlineData(3, 60, 3)] // A number a window.
    public void V4_OverTheLimit_ChildIsStopped(int retries, int windowSeconds, int expectedRestarts)
    {
        var strategy = new OneForOneStrategy(retries, TimeSpan.FromSeconds(windowSeconds), _ => Directive.Restart);
        IActorRef child = Watch(ChildUnder(strategy));
        ReceiveN(2);
        for (int i = 0; i < expectedRestarts; i++)
        {
            child.Tell(new InvalidOperationException("again"));
            FishForMessage<string>(message => message == "c PreStart");
        }

        child.Tell(new InvalidOperationException("too often"));
        ExpectMsg("c PostStop");
        ExpectTerminated(child);
    }

    [Fact]
    public void V4_WindowHasPassed_CountStartsAgain()
    {
        IActorRef child = ChildUnder(new OneForOneStrategy(1, Minute, _ => Directive.Restart));
        for (int i = 0; i < 5; i++)
        {
            child.Tell(new InvalidOperationException("once a window"));
            FishForMessage<string>(message => message == "c PostRestart");
            Advance(Minute + TimeSpan.FromSeconds(1));
        }

        FishForMessage<string>(message => message == "c PreStart");
        child.Tell("alive");
        ExpectMsg("alive");
    }

    [Fact]
    public void V4_NoLimit_RestartsForEver()
    {
        IActorRef child = ChildUnder(new OneForOneStrategy(-1, TimeSpan.Zero, _ => Directive.Restart));
        for (int i = 0; i < 100; i++)
            child.Tell(new InvalidOperationException("again"));
        child.Tell("alive");
        FishForMessage<string>(message => message == "alive");
    }

    [Fact]
    public void V5_Directives_AreLoggedByKind()
    {
        IActorRef resuming = ChildUnder(new OneForOneStrategy(_ => Directive.Resume));
        EventFilter.Warning("failure 1", source: resuming.Path.ToString()).ExpectOne(() => resuming.Tell(new InvalidOperationException("failure 1")));
        IActorRef restarting = ChildUnder(new OneForOneStrategy(_ => Directive.Restart));
        EventFilter.Error("failure 2").ExpectOne(() => restarting.Tell(new InvalidOperationException("failure 2")));
        IActorRef stopping = ChildUnder(new OneForOneStrategy(_ => Directive.Stop));
        EventFilter.Error("failure 3").ExpectOne(() => stopping.Tell(new InvalidOperationException("failure 3")));

        IActorRef top = ActorOf(PuppetActor.Props(strategy: new OneForOneStrategy(_ => Directive.Stop)));
        IActorRef escalating = top
            .MakeChild(PuppetActor.Props(strategy: new OneForOneStrategy(_ => Directive.Escalate)), "m")
            .MakeChild(PuppetActor.Props(), "c");
        EventFilter.Error("failure 4", source: "akka://test/user/" + top.Path.Name + "/m")
            .ExpectOne(() => escalating.Tell(new InvalidOperationException("failure 4")));
        EventFilter.Custom(e => e is LogEvent log && log.LogSource == escalating.Path.ToString())
            .Expect(0, () => escalating.Tell("nothing"));
    }

    [Fact]
    public void V6_FailureEscalatedToTheRoot_EndsTheSystem()
    {
        var settings = new ActorSystemSettings
        {
            GuardianStrategy = new OneForOneStrategy(_ => Directive.Escalate),
            CoordinatedShutdown = new CoordinatedShutdownSettings { RunByProcessExit = false },
        };
        var system = ActorSystem.Create("short-lived", settings);
        system.ActorOf(PuppetActor.Props()).Tell(new InvalidOperationException("fatal"));
        Assert.True(((IAsyncResult)system.WhenTerminated).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void V6_PropsStrategy_GoesBeforeTheActorsOwn()
    {
        Props props = PuppetActor.Props(strategy: new OneForOneStrategy(_ => Directive.Stop))
            .WithSupervisorStrategy(new OneForOneStrategy(_ => Directive.Resume));
        IActorRef child = ActorOf(props).MakeChild(PuppetActor.Props(), "c");
        child.Tell(new InvalidOperationException("once"));
        child.Tell("alive");
        ExpectMsg("alive");
    }

    private IActorRef ChildUnder(SupervisorStrategy strategy) =>
        ActorOf(PuppetActor.Props(strategy: strategy)).MakeChild(PuppetActor.Props(TestActor), "c");

    private (IActorRef First, IActorRef Second) Siblings(SupervisorStrategy strategy)
    {
        IActorRef parent = ActorOf(PuppetActor.Props(strategy: strategy));
        IActorRef first = parent.MakeChild(PuppetActor.Props(TestActor), "a");
        IActorRef second = parent.MakeChild(PuppetActor.Props(TestActor), "b");
        ReceiveN(4);
        return (first, second);
    }
}
