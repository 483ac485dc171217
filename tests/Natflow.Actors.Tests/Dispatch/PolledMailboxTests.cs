using Natflow.Actors.Dispatch;
using Natflow.Actors.Event;
using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests.Dispatch;

public sealed class PolledMailboxTests : TestKit
{
    private readonly PolledMailbox _mailbox = new(capacity: 4);

    [Fact]
    public void Drain_HandlesAtMostMaxOnTheCallingThread()
    {
        IActorRef actor = Start();
        int thread = 0;
        actor.Do(_ => thread = Environment.CurrentManagedThreadId);
        actor.Tell(1);
        actor.Tell(2);
        ExpectNoMsg();
        Assert.Equal(2, _mailbox.Drain(2));
        Assert.Equal(Environment.CurrentManagedThreadId, thread);
        ExpectMsg(1);
        Assert.False(_mailbox.IsEmpty);
        Assert.Equal(1, _mailbox.Drain(10));
        ExpectMsg(2);
        Assert.True(_mailbox.IsEmpty);
        Assert.Equal(0, _mailbox.Drain(10));
        _mailbox.HandOver();
    }

    [Fact]
    public void Tell_Full_IsCountedAndDeadLetter()
    {
        IActorRef actor = Start();
        System.EventStream.Subscribe(TestActor, typeof(DeadLetter));
        for (int i = 0; i < 6; i++)
            actor.Tell(i);
        Assert.Equal([4, 5], ReceiveN(2).Cast<DeadLetter>().Select(letter => letter.Message));
        Assert.Equal(2, _mailbox.RefusedCount);
        Assert.Equal(4, _mailbox.Drain(100));
        _mailbox.HandOver();
    }

    [Fact]
    public void HandlerThrows_SupervisorDecidesAndTheRestIsKept()
    {
        IActorRef actor = Start();
        actor.Tell(new InvalidOperationException("once"));
        actor.Tell("kept");
        EventFilter.Exception<InvalidOperationException>().ExpectOne(() => Assert.Equal(1, _mailbox.Drain(10)));
        Assert.Equal(1, _mailbox.Drain(10)); // The restart and the next message.
        ExpectMsg("kept");
        _mailbox.HandOver();
    }

    [Fact]
    public void Empty_AllocatesNothing()
    {
        Start();
        _mailbox.Drain(1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            if (!_mailbox.IsEmpty) _mailbox.Drain(1);
            _mailbox.Drain(1);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        _mailbox.HandOver();
    }

    [Fact]
    public void Stop_HappensInsideDrain()
    {
        IActorRef actor = Watch(Start());
        System.Stop(actor);
        ExpectNoMsg();
        _mailbox.Drain(1);
        ExpectTerminated(actor);
    }

    [Fact]
    public void HandOver_WorkerHasEnded_PoolHandlesTheRest()
    {
        IActorRef actor = Watch(Start());
        actor.Tell("left over");
        _mailbox.HandOver();
        ExpectMsg("left over");
        actor.Tell(PoisonPill.Instance);
        ExpectTerminated(actor);
    }

    [Fact]
    public void SecondActor_IsRefused()
    {
        Start();
        Assert.Throws<InvalidOperationException>(() => ActorOf(PuppetActor.Props().WithPolledMailbox(_mailbox), "second"));
        ActorOf(PuppetActor.Props(), "second"); // The name was not taken.
        _mailbox.HandOver();
    }

    [Fact]
    public void ProducersAndWorker_EverythingIsHandledOrRefused()
    {
        const int Producers = 3;
        const int Each = 20_000;
        int handled = 0;
        IActorRef actor = ActorOf(Props.Create(() => new CountingActor(() => handled++)).WithPolledMailbox(_mailbox));
        var threads = new Thread[Producers];
        for (int p = 0; p < Producers; p++)
        {
            threads[p] = new Thread(() =>
            {
                for (int i = 0; i < Each; i++)
                    actor.Tell("x", ActorRefs.NoSender);
            });
            threads[p].Start();
        }

        while (Array.Exists(threads, thread => thread.IsAlive) || !_mailbox.IsEmpty)
            _mailbox.Drain(16);
        Assert.Equal(Producers * Each, handled + _mailbox.RefusedCount);
        Assert.True(handled > 0);
        _mailbox.HandOver();
    }

    private IActorRef Start()
    {
        IActorRef actor = ActorOf(PuppetActor.Props().WithPolledMailbox(_mailbox));
        Assert.Equal(0, _mailbox.Drain(1)); // Makes the instance.
        return actor;
    }

    private sealed class CountingActor(Action onMessage) : UntypedActor
    {
        protected override void OnReceive(object message) => onMessage();
    }
}
