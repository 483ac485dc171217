using Natflow.Actors.Event;
using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class MessageTests : TestKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A1_TellToActorThatThrows_DoesNotThrowAtSender()
    {
        IActorRef actor = ActorOf(PuppetActor.Props());
        actor.Tell(new InvalidOperationException("bad message"));
        actor.Tell("still there");
        ExpectMsg("still there");
        Assert.Throws<InvalidMessageException>(() => actor.Tell(null!));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A2_ManySenders_EachKeepsItsOrder(int senderCount)
    {
        const int Each = 20_000;
        IActorRef receiver = ActorOf(Props.Create(() => new OrderActor(senderCount, Each, TestActor)));
        var threads = new Thread[senderCount];
        for (int s = 0; s < senderCount; s++)
        {
            int sender = s;
            threads[s] = new Thread(() =>
            {
                for (int i = 0; i < Each; i++)
                    receiver.Tell((sender, i), ActorRefs.NoSender);
            });
            threads[s].Start();
        }

        Assert.Equal("in order", ExpectMsg<string>(TimeSpan.FromSeconds(30)));
        Array.ForEach(threads, thread => thread.Join());
    }

    [Fact]
    public void A3_HandlersOnManyThreads_SeeWhatWasWrittenBefore()
    {
        const int Count = 50_000;
        IActorRef counter = ActorOf(Props.Create(() => new CountingActor()));
        Parallel.For(0, Count, _ => counter.Tell("add", ActorRefs.NoSender));
        counter.Tell("get");
        ExpectMsg(Count);
    }

    [Fact]
    public void A4_SenderAndPipeTo_AnswerReachesTheAsker()
    {
        IActorRef actor = ActorOf(PuppetActor.Props());
        actor.Do(context => _ = Task.FromResult(7).PipeTo(context.Sender));
        ExpectMsg(7);
        Assert.Equal(actor, LastSender);
        actor.Do(context => _ = Task.FromException<int>(new InvalidOperationException("no")).PipeTo(context.Sender));
        Assert.IsType<InvalidOperationException>(ExpectMsg<Status.Failure>().Cause);
    }

    [Fact]
    public void A5_ReceiveAsync_OtherMessagesWaitAndSenderStays()
    {
        var gate = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        IActorRef actor = ActorOf(Props.Create(() => new AsyncActor(gate.Task)));
        actor.Tell("first");
        actor.Tell(2);
        Settle();
        ExpectNoMsg();
        gate.SetResult("opened");
        ExpectMsg("first opened");
        ExpectMsg(2);
    }

    [Fact]
    public void A5_ReceiveAsyncThrows_SupervisorRestarts()
    {
        var gate = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        IActorRef actor = ActorOf(Props.Create(() => new AsyncActor(gate.Task)));
        EventFilter.Exception<InvalidOperationException>().ExpectOne(() =>
        {
            actor.Tell("first");
            gate.SetException(new InvalidOperationException("late"));
        });
        actor.Tell(3);
        ExpectMsg(3);
    }

    [Fact]
    public void A5_StoppedDuringReceiveAsync_HandlerEndsFirst()
    {
        var gate = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        IActorRef actor = Watch(ActorOf(Props.Create(() => new AsyncActor(gate.Task))));
        actor.Tell("last");
        Settle();
        System.Stop(actor);
        ExpectNoMsg();
        gate.SetResult("words");
        ExpectMsg("last words");
        ExpectTerminated(actor);
    }

    [Fact]
    public void A4_ContextOutsideOfTheActor_Throws()
    {
        var leak = new TaskCompletionSource<Action>();
        ActorOf(Props.Create(() => new LeakingActor(leak)));
        Settle();
        Assert.True(leak.Task.IsCompletedSuccessfully);
        var thread = new Thread(() => TestActor.Tell(Record.Exception(leak.Task.GetAwaiter().GetResult())));
        thread.Start();
        ExpectMsg<NotSupportedException>();
        thread.Join();
    }

    [Fact]
    public async Task A6_Ask_FirstAnswerCompletesAndFailureFaults()
    {
        IActorRef actor = ActorOf(PuppetActor.Props());
        Assert.Equal("hello", await actor.Ask<string>("hello"));
        await Assert.ThrowsAsync<InvalidCastException>(() => actor.Ask<int>("hello"));
        Task<object> failing = actor.Ask(new PuppetActor.Do(context =>
        {
            Assert.StartsWith("akka://test/temp/$", context.Sender.Path.ToString(), StringComparison.Ordinal);
            context.Sender.Tell(new Status.Failure(new InvalidOperationException("no")));
        }));
        await Assert.ThrowsAsync<InvalidOperationException>(() => failing);
    }

    [Fact]
    public async Task A6_AskTimesOut_LateAnswerIsDeadLetter()
    {
        TestProbe asked = CreateTestProbe();
        TestProbe dead = CreateTestProbe();
        System.EventStream.Subscribe(dead.Ref, typeof(DeadLetter));
        Task<string> question = asked.Ref.Ask<string>("anyone?", Second);
        asked.ExpectMsg("anyone?");
        Advance(Second);
        await Assert.ThrowsAsync<AskTimeoutException>(() => question);
        asked.Reply("too late");
        Assert.Equal("too late", dead.ExpectMsg<DeadLetter>().Message);
    }

    [Fact]
    public async Task A6_AskCancelled_TaskIsCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        Task<string> question = CreateTestProbe().Ref.Ask<string>("anyone?", timeout: null, cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => question);
    }

    [Fact]
    public void A7_Forward_KeepsOriginalSender()
    {
        TestProbe target = CreateTestProbe();
        IActorRef actor = ActorOf(PuppetActor.Props());
        actor.Do(context => target.Ref.Forward("letter"));
        target.ExpectMsg("letter");
        Assert.Equal(TestActor, target.LastSender);
    }

    [Fact]
    public void A8_UnhandledMessage_IsPublished()
    {
        System.EventStream.Subscribe(TestActor, typeof(UnhandledMessage));
        IActorRef actor = ActorOf(PuppetActor.Props());
        actor.Tell(1.5);
        UnhandledMessage unhandled = ExpectMsg<UnhandledMessage>();
        Assert.Equal((1.5, actor), (unhandled.Message, unhandled.Recipient));
    }

    [Fact]
    public void A8_UnhandledTerminated_IsDeathPact()
    {
        IActorRef actor = Watch(ActorOf(PuppetActor.Props()));
        IActorRef friend = ActorOf(PuppetActor.Props());
        actor.Do(context => context.Watch(friend));
        EventFilter.Exception<DeathPactException>().ExpectOne(() => friend.Tell(PoisonPill.Instance));
        ExpectTerminated(actor);
    }

    [Fact]
    public void A9_PoisonPillKillIdentify_AreAutomatic()
    {
        IActorRef actor = Watch(ActorOf(PuppetActor.Props()));
        actor.Tell(new Identify(42));
        ExpectMsg(new ActorIdentity(42, actor));
        actor.Tell("before");
        actor.Tell(PoisonPill.Instance);
        actor.Tell("after");
        ExpectMsg("before");
        ExpectTerminated(actor);
        actor.Tell(new Identify(43));
        ExpectMsg(new ActorIdentity(43, Subject: null));

        IActorRef victim = Watch(ActorOf(PuppetActor.Props()));
        EventFilter.Exception<ActorKilledException>().ExpectOne(() => victim.Tell(Kill.Instance));
        ExpectTerminated(victim);
    }

    [Fact]
    public async Task GracefulStop_ActorStops_TellsTrue()
    {
        IActorRef actor = ActorOf(PuppetActor.Props());
        Assert.True(await actor.GracefulStop(Second));
        Assert.True(await actor.GracefulStop(Second)); // Already gone.
    }

    [Fact]
    public async Task GracefulStop_ActorIgnoresMessage_IsCancelledAtTimeout()
    {
        Task<bool> stop = CreateTestProbe().Ref.GracefulStop(Second, "please");
        Advance(Second);
        await Assert.ThrowsAsync<TaskCanceledException>(() => stop);
    }

    private sealed class OrderActor : ReceiveActor
    {
        internal OrderActor(int senderCount, int each, IActorRef observer)
        {
            int[] next = new int[senderCount];
            int total = 0;
            Receive<(int Sender, int Number)>(message =>
            {
                if (message.Number != next[message.Sender]++) observer.Tell($"{message} out of order");
                if (++total == senderCount * each) observer.Tell("in order");
            });
        }
    }

    private sealed class CountingActor : UntypedActor
    {
        private int _count;

        protected override void OnReceive(object message)
        {
            if (message is "add")
                _count++;
            else
                Sender.Tell(_count);
        }
    }

    private sealed class LeakingActor : UntypedActor
    {
        internal LeakingActor(TaskCompletionSource<Action> leak) => leak.SetResult(static () => Context.Stop(Context.Self));

        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class AsyncActor : ReceiveActor
    {
        internal AsyncActor(Task<string> gate)
        {
            ReceiveAsync<string>(async message =>
            {
                string word = await gate;
                Sender.Tell($"{message} {word}");
            });
            Receive<int>(number => Sender.Tell(number));
        }
    }
}
