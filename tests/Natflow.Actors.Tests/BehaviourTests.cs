using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class BehaviourTests : TestKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void B1_BecomeAndStack_TakeEffectFromTheNextMessage()
    {
        IActorRef actor = ActorOf(Props.Create(() => new MoodyActor()));
        foreach (string message in new[] { "?", "become happy", "?", "push sad", "?", "pop", "?", "pop", "?" })
            actor.Tell(message);
        Assert.Equal(["initial", "happy", "sad", "happy", "initial"], ReceiveN(5));
    }

    [Fact]
    public void B1_UntypedActor_Becomes()
    {
        IActorRef actor = ActorOf(Props.Create(() => new UntypedMoodyActor()));
        actor.Tell("a");
        actor.Tell("b");
        Assert.Equal(["first a", "second b"], ReceiveN(2));
    }

    [Fact]
    public void B2_UnstashAll_KeepsOrderAndSendersBeforeNewMessages()
    {
        TestProbe other = CreateTestProbe();
        IActorRef actor = ActorOf(Props.Create(() => new StashingActor()));
        actor.Tell(1);
        other.Send(actor, 2);
        actor.Tell(3);
        actor.Do(context => context.Self.Forward(4)); // Opens, then 4 comes behind the stashed ones.
        ExpectMsg(1);
        other.ExpectMsg(2);
        ExpectMsg(3);
        ExpectMsg(4);
    }

    [Fact]
    public void B2_StashingTwiceOrOverCapacity_Throws()
    {
        IActorRef parent = ActorOf(PuppetActor.Props(strategy: SupervisorStrategy.StoppingStrategy)); // A restart would unstash and fail again.
        IActorRef twice = parent.MakeChild(Props.Create(() => new StashingActor(times: 2)), "twice");
        EventFilter.Exception<IllegalActorStateException>().ExpectOne(() => twice.Tell(1));
        IActorRef full = parent.MakeChild(Props.Create(() => new StashingActor()).WithStashCapacity(1), "full");
        EventFilter.Exception<StashOverflowException>().ExpectOne(() =>
        {
            full.Tell(1);
            full.Tell(2);
        });
    }

    [Fact]
    public void B2_StopWithStash_GoesToDeadLetters()
    {
        IActorRef actor = ActorOf(Props.Create(() => new StashingActor()));
        EventFilter.DeadLetter<int>().Expect(2, () =>
        {
            actor.Tell(1);
            actor.Tell(2);
            actor.Tell(PoisonPill.Instance);
        });
    }

    [Fact]
    public void B2_StashedTerminated_IsDeliveredAgain()
    {
        IActorRef friend = ActorOf(PuppetActor.Props());
        IActorRef actor = ActorOf(Props.Create(() => new StashingActor(TestActor)));
        actor.Tell(friend);
        Settle();
        System.Stop(friend);
        Settle();
        actor.Do(_ => { });
        ExpectMsg<Status.Success>(status => friend.Equals(status.Value));
    }

    [Fact]
    public void B3_ReceiveTimeout_OncePerIdlePeriodReArmedByMessages()
    {
        IActorRef actor = ActorOf(Props.Create(() => new IdleActor(TestActor, Second)));
        Settle();
        ExpectNoMsg(0.9 * Second);
        actor.Tell("activity");
        ExpectNoMsg(0.9 * Second);
        actor.Tell(new Unimportant());
        Settle();
        Advance(0.1 * Second);
        ExpectMsg("idle");
        ExpectNoMsg(10 * Second);
        actor.Tell("activity");
        Settle();
        Advance(Second);
        ExpectMsg("idle");
        actor.Tell("off");
        ExpectNoMsg(10 * Second);
    }

    [Fact]
    public void B4_TimersByKey_SingleAndPeriodic()
    {
        IActorRef actor = ActorOf(Props.Create(() => new TimedActor(TestActor)));
        actor.Do((_, timers) => timers.StartPeriodicTimer("p", "tick", 2 * Second, Second));
        actor.Do((_, timers) => timers.StartSingleTimer("s", "once", Second));
        Settle();
        Advance(4 * Second);
        Assert.Equal(["once", "tick", "tick", "tick"], ReceiveN(4));
        actor.Do((context, timers) => TestActor.Tell((timers.IsTimerActive("p"), timers.IsTimerActive("s"))));
        ExpectMsg((true, false));
        actor.Do((_, timers) => timers.Cancel("p"));
        ExpectNoMsg(10 * Second);
    }

    [Fact]
    public void B4_ReplacedTimer_ItsQueuedMessageIsDiscarded()
    {
        IActorRef actor = ActorOf(Props.Create(() => new TimedActor(TestActor)));
        actor.Do((_, timers) =>
        {
            timers.StartSingleTimer("key", "old", TimeSpan.Zero);
            Time.Advance(TimeSpan.Zero); // The old message is in the mailbox now.
            timers.StartSingleTimer("key", "new", Second);
        });
        ExpectNoMsg(0.9 * Second);
        Advance(0.1 * Second);
        ExpectMsg("new");
        ExpectNoMsg(Second);
    }

    [Fact]
    public void B4_SlowActor_GetsNoBacklogOfTicks()
    {
        IActorRef actor = ActorOf(Props.Create(() => new TimedActor(TestActor)));
        actor.Do((_, timers) =>
        {
            timers.StartPeriodicTimer("key", "tick", Second);
            Time.Advance(100 * Second);
            timers.Cancel("other");
        });
        ExpectMsg("tick");
        ExpectNoMsg();
    }

    [Fact]
    public void B4_Stop_CancelsTimers()
    {
        IActorRef actor = Watch(ActorOf(Props.Create(() => new TimedActor(TestActor))));
        int pending = Time.PendingCount;
        actor.Do((_, timers) => timers.StartPeriodicTimer("key", "tick", Second));
        actor.Tell(PoisonPill.Instance);
        ExpectTerminated(actor);
        Settle();
        Assert.Equal(pending, Time.PendingCount);
    }

    private sealed class MoodyActor : ReceiveActor
    {
        internal MoodyActor()
        {
            Receive<string>(message => message == "?", _ => Sender.Tell("initial"));
            Receive<string>(message => message == "become happy", _ => Become(Happy));
        }

        private void Happy()
        {
            Receive<string>(message => message == "push sad", _ => BecomeStacked(Sad));
            Receive<string>(message => message == "pop", _ => UnbecomeStacked());
            Receive<string>(_ => Sender.Tell("happy"));
        }

        private void Sad()
        {
            Receive<string>(message => message == "pop", _ => UnbecomeStacked());
            ReceiveAny(_ => Sender.Tell("sad"));
        }
    }

    private sealed class UntypedMoodyActor : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            Become(second => Sender.Tell($"second {second}"));
            Sender.Tell($"first {message}");
        }
    }

    /// <summary>Stashes everything until an action comes.</summary>
    private sealed class StashingActor : ReceiveActor, IWithStash
    {
        internal StashingActor(IActorRef? observer = null, int times = 1)
        {
            Receive<PuppetActor.Do>(order =>
            {
                order.Action(Context);
                Stash.UnstashAll();
                Become(() =>
                {
                    Receive<int>(number => Sender.Tell(number));
                    Receive<Terminated>(terminated => observer!.Tell(new Status.Success(terminated.ActorRef)));
                });
            });
            Receive<IActorRef>(friend => Context.Watch(friend));
            ReceiveAny(_ =>
            {
                for (int i = 0; i < times; i++)
                    Stash.Stash();
            });
        }

        public IStash Stash { get; set; } = null!;
    }

    private sealed class IdleActor : ReceiveActor
    {
        internal IdleActor(IActorRef observer, TimeSpan timeout)
        {
            SetReceiveTimeout(timeout);
            Receive<ReceiveTimeout>(_ => observer.Tell("idle"));
            Receive<string>(message => message == "off", _ => SetReceiveTimeout(null));
            ReceiveAny(_ => { });
        }
    }

    private sealed record Unimportant : INotInfluenceReceiveTimeout;
}
