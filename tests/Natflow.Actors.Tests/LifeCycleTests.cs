using Natflow.Actors.Event;
using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class LifeCycleTests : TestKit
{
    [Fact]
    public void L1_SecondIncarnation_HasSamePathOtherUidOtherReference()
    {
        IActorRef first = Watch(ActorOf(PuppetActor.Props(), "twin"));
        Assert.Equal("akka://test/user/twin", first.Path.ToString());
        Assert.Equal("akka://test/deadLetters", System.DeadLetters.Path.ToString());
        Assert.StartsWith("akka://test/system/", TestActor.Path.ToString(), StringComparison.Ordinal);
        System.Stop(first);
        ExpectTerminated(first);

        Settle(); // The name is free when the parent knows, too.
        IActorRef second = ActorOf(PuppetActor.Props(), "twin");
        Assert.Equal(first.Path, second.Path);
        Assert.NotEqual(first.Path.Uid, second.Path.Uid);
        Assert.NotEqual(first, second);
        first.Tell("for the dead");
        second.Tell("for the living");
        ExpectMsg("for the living");
    }

    [Fact]
    public void L2_NameOfLivingOrTerminatingSibling_IsRefused()
    {
        using var mayStop = new ManualResetEventSlim();
        IActorRef actor = Watch(ActorOf(Props.Create(() => new SlowStopActor(mayStop)), "name"));
        Assert.Throws<InvalidActorNameException>(() => ActorOf(PuppetActor.Props(), "name"));
        System.Stop(actor);
        Assert.Throws<InvalidActorNameException>(() => ActorOf(PuppetActor.Props(), "name"));
        mayStop.Set();
        ExpectTerminated(actor);
        Settle();
        ActorOf(PuppetActor.Props(), "name");
        Assert.StartsWith("$", ActorOf(PuppetActor.Props()).Path.Name, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("$x")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("ä")]
    public void L2_NameThatIsNoName_IsRefused(string name) =>
        Assert.Throws<InvalidActorNameException>(() => ActorOf(PuppetActor.Props(), name));

    [Fact]
    public void L3_NewActor_ConstructorThenPreStartThenMessages()
    {
        ActorOf(PuppetActor.Props(TestActor), "a").Tell("message");
        ExpectMsg("a constructor");
        ExpectMsg("a PreStart");
        ExpectMsg("message");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void L3_ConstructorOrPreStartThrows_ChildIsStopped(bool inConstructor)
    {
        IActorRef? actor = null;
        EventFilter.Exception<ActorInitializationException>().ExpectOne(() =>
            actor = ActorOf(Props.Create(() => new BrokenActor(inConstructor))));
        Watch(actor!);
        ExpectTerminated(actor!);
    }

    [Fact]
    public void L3_ConstructedByHand_Throws() => Assert.Throws<ActorInitializationException>(() => new PuppetActor());

    [Fact]
    public void L4_Stop_CurrentMessageThenChildrenThenPostStopThenDeadLetters()
    {
        IActorRef parent = ActorOf(PuppetActor.Props(TestActor), "p");
        parent.MakeChild(PuppetActor.Props(TestActor), "c");
        Watch(parent);
        Settle();
        ReceiveN(4);
        System.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        parent.Do(context =>
        {
            context.Stop(context.Self);
            context.Self.Tell("never handled");
            TestActor.Tell("current message done");
        });
        ExpectMsg("current message done");
        ExpectMsg("c PostStop");
        ExpectMsg("p PostStop");
        Assert.Equal("never handled", ExpectMsg<DeadLetter>().Message);
        ExpectTerminated(parent);
    }

    [Fact]
    public void L5_Failure_SuspendsDescendantsUntilParentDecides()
    {
        using var mayDecide = new ManualResetEventSlim();
        using var isAsked = new ManualResetEventSlim();
        var strategy = new OneForOneStrategy(_ =>
        {
            isAsked.Set();
            mayDecide.Wait();
            return Directive.Resume;
        });
        IActorRef top = ActorOf(PuppetActor.Props(strategy: strategy));
        IActorRef middle = top.MakeChild(PuppetActor.Props(), "middle");
        IActorRef leaf = middle.MakeChild(PuppetActor.Props(), "leaf");
        middle.Tell(new InvalidOperationException("once"));
        middle.Tell("kept");
        Assert.True(isAsked.Wait(TimeSpan.FromSeconds(10)));
        IActorRef sentinel = ActorOf(PuppetActor.Props());
        leaf.Tell("also kept");
        sentinel.Tell("sentinel");
        ExpectMsg("sentinel");
        mayDecide.Set();
        ExpectMsgAllOf("kept", "also kept");
        ExpectNoMsg();
    }

    [Fact]
    public void L6_Restart_HooksInOrderAndReferenceStays()
    {
        IActorRef parent = ActorOf(PuppetActor.Props(TestActor), "p");
        parent.MakeChild(PuppetActor.Props(TestActor), "c");
        Watch(parent);
        ReceiveN(4);
        parent.Tell(new InvalidOperationException("once"));
        parent.Tell("after");
        Assert.Equal(
            ["p PreRestart", "p PostStop", "c PostStop", "p constructor", "p PostRestart", "p PreStart", "after"],
            ReceiveN(7));
        ExpectNoMsg();
    }

    [Fact]
    public void L6_PreRestartGetsTheFailedMessage()
    {
        IActorRef actor = ActorOf(Props.Create(() => new SurvivingParent(TestActor)));
        var failure = new InvalidOperationException("once");
        actor.Tell(failure);
        Assert.Same(failure, ExpectMsg<Status.Success>().Value);
    }

    [Fact]
    public void L6_SurvivingChildren_AreRestarted()
    {
        IActorRef parent = ActorOf(Props.Create(() => new SurvivingParent(TestActor)), "p");
        IActorRef child = parent.MakeChild(PuppetActor.Props(TestActor), "c");
        ReceiveN(2);
        parent.Tell(new InvalidOperationException("once"));
        ExpectMsg<Status.Success>();
        Assert.Equal(["c PreRestart", "c PostStop", "c constructor", "c PostRestart", "c PreStart"], ReceiveN(5));
        child.Tell("alive");
        ExpectMsg("alive");
    }

    [Fact]
    public void L6_PostRestartThrows_ActorIsStopped()
    {
        int life = 0;
        IActorRef actor = Watch(ActorOf(Props.Create(() => new MortalActor(++life))));
        EventFilter.Exception<PostRestartException>().ExpectOne(() => actor.Tell(new InvalidOperationException("once")));
        ExpectTerminated(actor);
    }

    [Fact]
    public void L7_AfterRestart_BehaviourIsInitialTimersAreGoneStashIsBack()
    {
        int life = 0;
        IActorRef actor = ActorOf(Props.Create(() => new ForgetfulActor(++life)));
        actor.Tell("stash me");
        actor.Tell("start timer");
        actor.Tell("become other");
        actor.Tell(new InvalidOperationException("once"));
        actor.Tell("after");
        ExpectMsg("initial: stash me");
        ExpectMsg("initial: after");
        ExpectNoMsg(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void L8_TerminatedOfChild_ArrivesWhenItHasFullyStopped()
    {
        IActorRef parent = ActorOf(Props.Create(() => new WatchingParent(TestActor)));
        IActorRef child = parent.MakeChild(PuppetActor.Props(TestActor), "c");
        IActorRef grandchild = child.MakeChild(PuppetActor.Props(TestActor), "g");
        ReceiveN(4);
        parent.Do(context => context.Stop(context.Watch(child)));
        ExpectMsg("g PostStop");
        ExpectMsg("c PostStop");
        ExpectMsg<Status.Success>(status => child.Equals(status.Value));
        Assert.Equal("g", grandchild.Path.Name);
    }

    private sealed class SlowStopActor(ManualResetEventSlim mayStop) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }

        protected override void PostStop() => mayStop.Wait();
    }

    private sealed class BrokenActor : PuppetActor
    {
        internal BrokenActor(bool inConstructor)
        {
            if (inConstructor) throw new InvalidOperationException("broken constructor");
        }

        protected override void PreStart() => throw new InvalidOperationException("broken PreStart");
    }

    private sealed class MortalActor : PuppetActor
    {
        internal MortalActor(int life)
        {
            if (life > 1) throw new InvalidOperationException("one life only");
        }
    }

    private sealed class SurvivingParent(IActorRef observer) : PuppetActor
    {
        protected override void PreRestart(Exception reason, object? message) => observer.Tell(new Status.Success(message));
    }

    private sealed class WatchingParent(IActorRef observer) : PuppetActor
    {
        protected override bool Receive(object message)
        {
            if (message is not Terminated terminated) return base.Receive(message);
            observer.Tell(new Status.Success(terminated.ActorRef));
            return true;
        }
    }

    private sealed class ForgetfulActor : ReceiveActor, IWithStash, IWithTimers
    {
        private readonly int _life;

        internal ForgetfulActor(int life)
        {
            _life = life;
            Receive<Exception>(e => throw e);
            Receive<string>(OnString);
        }

        public IStash Stash { get; set; } = null!;

        public ITimerScheduler Timers { get; set; } = null!;

        private void OnString(string message)
        {
            switch (message)
            {
                case "stash me" when _life == 1:
                    Stash.Stash();
                    break;
                case "start timer":
                    Timers.StartPeriodicTimer("key", "tick", TimeSpan.FromSeconds(1));
                    break;
                case "become other":
                    BecomeStacked(() => Receive<Exception>(e => throw e));
                    break;
                default:
                    Sender.Tell($"initial: {message}");
                    break;
            }
        }
    }
}
