using Natflow.Actors.Dispatch;
using Natflow.Actors.Event;
using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class MailboxTests() : TestKit(Settings)
{
    private static readonly ActorSystemSettings Settings = new()
    {
        BoundedMailboxes = new Dictionary<string, int>(StringComparer.Ordinal) { ["three"] = 3, [ActorSystemSettings.BoundedMailboxId] = 1000 },
        Dispatchers = new Dictionary<string, Func<MessageDispatcher>>(StringComparer.Ordinal)
        {
            ["stepping"] = static () => new SteppingDispatcher(throughput: 5),
        },
    };

    [Fact]
    public void M1_SystemMessages_GoBeforeUserMessages()
    {
        IActorRef actor = Watch(ActorOf(PuppetActor.Props()));
        using var isBusy = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        actor.Do(_ =>
        {
            isBusy.Set();
            mayGoOn.Wait();
        });
        Assert.True(isBusy.Wait(TimeSpan.FromSeconds(10)));
        actor.Tell("too late");
        System.Stop(actor);
        EventFilter.DeadLetter<string>().ExpectOne(mayGoOn.Set);
        ExpectTerminated(actor);
    }

    [Fact]
    public void M1_SuspendedActor_StillHandlesSystemMessages()
    {
        using var mayDecide = new ManualResetEventSlim();
        var strategy = new OneForOneStrategy(_ =>
        {
            mayDecide.Wait();
            return Directive.Stop;
        });
        IActorRef child = ActorOf(PuppetActor.Props(strategy: strategy)).MakeChild(PuppetActor.Props(), "c");
        child.Tell(new InvalidOperationException("once"));
        Watch(child);
        System.Stop(child); // Its parent has not decided, yet it can stop.
        ExpectTerminated(child);
        mayDecide.Set();
    }

    [Fact]
    public void M2_FullBoundedMailbox_RefusesCountsAndDeadLetters()
    {
        IActorRef actor = ActorOf(PuppetActor.Props().WithMailbox("three"));
        using var isBusy = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        actor.Do(_ =>
        {
            isBusy.Set();
            mayGoOn.Wait();
        });
        Assert.True(isBusy.Wait(TimeSpan.FromSeconds(10)));
        TestProbe dead = CreateTestProbe();
        System.EventStream.Subscribe(dead.Ref, typeof(DeadLetter));
        for (int i = 0; i < 5; i++)
            actor.Tell(i);
        Assert.Equal([3, 4], dead.ReceiveN(2).Cast<DeadLetter>().Select(letter => letter.Message));
        Assert.Equal(2, System.RefusedCount);
        mayGoOn.Set();
        Assert.Equal([0, 1, 2], ReceiveN(3).Cast<int>());
        actor.Tell(5);
        ExpectMsg(5);
    }

    [Fact]
    public void M2_FullBoundedMailbox_CanStillBePoisoned()
    {
        IActorRef actor = Watch(ActorOf(PuppetActor.Props().WithMailbox("three")));
        using var mayGoOn = new ManualResetEventSlim();
        actor.Do(_ => mayGoOn.Wait());
        for (int i = 0; i < 10; i++)
            actor.Tell(1.5);
        actor.Tell(PoisonPill.Instance);
        mayGoOn.Set();
        ExpectTerminated(actor);
    }

    [Fact]
    public void M3_Unstashed_GoesInFrontOfAnOrdinaryMailbox()
    {
        IActorRef actor = ActorOf(Props.Create(() => new EagerActor(TestActor)));
        using var mayGoOn = new ManualResetEventSlim();
        actor.Tell(mayGoOn);
        foreach (int i in new[] { 1, 2, 3 })
            actor.Tell(i);
        mayGoOn.Set();
        Assert.Equal([1, 2, 3], ReceiveN(3).Cast<int>());
    }

    [Fact]
    public void M4_Turn_EndsAfterThroughputMessagesAndIsScheduledOnce()
    {
        IActorRef actor = ActorOf(PuppetActor.Props().WithDispatcher("stepping"));
        var dispatcher = (SteppingDispatcher)System.Dispatchers.Lookup("stepping");
        TestProbe answers = CreateTestProbe();
        for (int i = 0; i < 12; i++)
            answers.Send(actor, i);
        var handled = new List<int>();
        while (dispatcher.Scheduled.TryDequeue(out IThreadPoolWorkItem? turn))
        {
            Assert.Empty(dispatcher.Scheduled);
            int before = answers.Count;
            turn.Execute();
            handled.Add(answers.Count - before);
        }

        Assert.Equal([5, 5, 2], handled);
        dispatcher.IsReleased = true;
    }

    [Fact]
    public void M5_PinnedDispatcher_OneThreadForOneActor()
    {
        Props props = PuppetActor.Props().WithDispatcher(Dispatchers.PinnedDispatcherId);
        IActorRef first = Watch(ActorOf(props));
        IActorRef second = ActorOf(props);
        for (int i = 0; i < 3; i++)
        {
            first.Do(_ => TestActor.Tell(Environment.CurrentManagedThreadId));
            second.Do(_ => TestActor.Tell(-Environment.CurrentManagedThreadId));
        }

        var threads = ReceiveN(6).Cast<int>().ToHashSet();
        Assert.Equal(2, threads.Count);
        System.Stop(first);
        ExpectTerminated(first);
        var alone = new PinnedDispatcher("alone");
        alone.Attach(first);
        Assert.Throws<InvalidOperationException>(() => alone.Attach(second));
        alone.Detach(first);
    }

    [Fact]
    public void M5_CallingThreadDispatcher_HandlesBeforeTellReturns()
    {
        IActorRef actor = ActorOf(PuppetActor.Props().WithDispatcher(CallingThreadDispatcher.DispatcherId));
        int thread = 0;
        actor.Do(_ => thread = Environment.CurrentManagedThreadId);
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
    }

    [Fact]
    public void M5_UnknownId_IsConfigurationError()
    {
        Assert.Throws<ConfigurationException>(() => ActorOf(PuppetActor.Props().WithDispatcher("nonsense")));
        Assert.Throws<ConfigurationException>(() => ActorOf(PuppetActor.Props().WithMailbox("nonsense")));
    }

    [Fact]
    public void M6_BlockingActors_DoNotHoldUpTheDefaultDispatcher()
    {
        var system = ActorSystem.Create("blocking", new ActorSystemSettings
        {
            CoordinatedShutdown = new CoordinatedShutdownSettings { RunByProcessExit = false },
        });
        using var mayGoOn = new ManualResetEventSlim();
        using var allBlocked = new CountdownEvent(4);
        for (int i = 0; i < 4; i++)
        {
            system.ActorOf(PuppetActor.Props().WithDispatcher(Dispatchers.BlockingIoDispatcherId)).Do(_ =>
            {
                Assert.False(Thread.CurrentThread.IsThreadPoolThread);
                allBlocked.Signal();
                mayGoOn.Wait();
            });
        }

        Assert.True(allBlocked.Wait(TimeSpan.FromSeconds(10)));
        system.ActorOf(PuppetActor.Props()).Tell("not blocked");
        ExpectMsg("not blocked");
        mayGoOn.Set();
        Assert.True(((IAsyncResult)system.Terminate()).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
    }

    private sealed class SteppingDispatcher(int throughput) : MessageDispatcher("stepping", throughput)
    {
        internal Queue<IThreadPoolWorkItem> Scheduled { get; } = new();

        internal bool IsReleased { get; set; }

        public override void Schedule(IThreadPoolWorkItem turn, bool yielding)
        {
            if (IsReleased)
                turn.Execute();
            else
                Scheduled.Enqueue(turn);
        }
    }

    /// <summary>Stashes each number once and takes it back at once.</summary>
    private sealed class EagerActor : ReceiveActor, IWithStash
    {
        private int _last;

        internal EagerActor(IActorRef observer)
        {
            Receive<ManualResetEventSlim>(gate => gate.Wait());
            Receive<int>(number =>
            {
                if (_last == number)
                {
                    observer.Tell(number);
                    return;
                }

                _last = number;
                Stash.Stash();
                Stash.UnstashAll();
            });
        }

        public IStash Stash { get; set; } = null!;
    }
}
