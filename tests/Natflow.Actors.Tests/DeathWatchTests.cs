using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class DeathWatchTests : TestKit
{
    [Fact]
    public void W1_SubjectDies_ExactlyOneTerminated()
    {
        IActorRef subject = Watch(ActorOf(PuppetActor.Props()));
        System.Stop(subject);
        System.Stop(subject);
        Terminated terminated = ExpectTerminated(subject);
        Assert.True(terminated.ExistenceConfirmed);
        ExpectNoMsg();
    }

    [Fact]
    public void W1_SubjectIsDeadAlreadyOrNobody_ExistenceIsNotConfirmed()
    {
        IActorRef subject = ActorOf(PuppetActor.Props());
        System.Stop(subject);
        Settle();
        Watch(subject);
        Assert.False(ExpectTerminated(subject).ExistenceConfirmed);
        Watch(ActorRefs.Nobody);
        Assert.False(ExpectTerminated(ActorRefs.Nobody).ExistenceConfirmed);
        Watch(System.DeadLetters);
        Assert.False(ExpectTerminated(System.DeadLetters).ExistenceConfirmed);
        ExpectNoMsg();
    }

    [Fact]
    public void W1_TemporaryAskReference_TerminatesWithItsAnswer()
    {
        IActorRef actor = ActorOf(PuppetActor.Props());
        IActorRef? asker = null;
        Task<object> question = actor.Ask(new PuppetActor.Do(context => TestActor.Tell(context.Sender)));
        asker = ExpectMsg<IActorRef>();
        Watch(asker);
        asker.Tell("answer");
        ExpectTerminated(asker);
        Watch(asker);
        Assert.False(ExpectTerminated(asker).ExistenceConfirmed);
        Assert.True(question.IsCompletedSuccessfully);
    }

    [Fact]
    public void W1_ParentWatchesChild_ExactlyOneTerminated()
    {
        IActorRef parent = ActorOf(Props.Create(() => new WatchCountingActor(TestActor)));
        IActorRef child = parent.MakeChild(PuppetActor.Props(), "c");
        parent.Do(context => context.Watch(child));
        System.Stop(child);
        ExpectMsg("terminated c");
        ExpectNoMsg();
    }

    [Fact]
    public void W2_UnwatchAfterTheNoticeIsQueued_NothingIsDelivered()
    {
        IActorRef subject = ActorOf(PuppetActor.Props());
        IActorRef watcher = ActorOf(Props.Create(() => new WatchCountingActor(TestActor)));
        watcher.Do(context => context.Watch(subject));
        Settle();
        using var mayGoOn = new ManualResetEventSlim();
        watcher.Do(_ => mayGoOn.Wait());
        watcher.Do(context => context.Unwatch(subject)); // Runs when the notice is queued behind it.
        subject.Tell(PoisonPill.Instance);
        Watch(subject);
        ExpectTerminated(subject);
        mayGoOn.Set();
        watcher.Tell("end");
        ExpectMsg("end");
        ExpectNoMsg();
    }

    [Fact]
    public void W2_WatchingTwice_IsOneWatch()
    {
        IActorRef subject = ActorOf(PuppetActor.Props());
        IActorRef watcher = ActorOf(Props.Create(() => new WatchCountingActor(TestActor)), "w");
        watcher.Do(context => context.Watch(subject));
        watcher.Do(context => context.Watch(subject));
        Settle();
        System.Stop(subject);
        ExpectMsg($"terminated {subject.Path.Name}");
        ExpectNoMsg();
    }

    [Fact]
    public void W2_WatchWith_DeliversOwnMessageAndRefusesAnother()
    {
        IActorRef subject = ActorOf(PuppetActor.Props());
        IActorRef watcher = ActorOf(Props.Create(() => new WatchCountingActor(TestActor)));
        watcher.Do(context => context.WatchWith(subject, "my friend is gone"));
        watcher.Do(context =>
        {
            Assert.Throws<InvalidOperationException>(() => context.WatchWith(subject, "other words"));
            Assert.Throws<InvalidOperationException>(() => context.Watch(subject));
        });
        Settle();
        System.Stop(subject);
        ExpectMsg("my friend is gone");
    }

    [Fact]
    public void W3_MessagesOfTheSubject_ArriveBeforeItsTerminated()
    {
        IActorRef subject = Watch(ActorOf(PuppetActor.Props()));
        subject.Do(context =>
        {
            for (int i = 0; i < 100; i++)
                TestActor.Tell(i);
            context.Stop(context.Self);
        });
        Assert.Equal(Enumerable.Range(0, 100).Cast<object>(), ReceiveN(100));
        ExpectTerminated(subject);
    }

    [Fact]
    public void W3_Restart_IsNoTermination()
    {
        IActorRef subject = Watch(ActorOf(PuppetActor.Props()));
        subject.Tell(new InvalidOperationException("once"));
        subject.Tell("alive");
        ExpectMsg("alive");
        ExpectNoMsg();
    }

    [Fact]
    public void W3_FullBoundedMailbox_StillGetsTerminated()
    {
        IActorRef subject = ActorOf(PuppetActor.Props());
        IActorRef watcher = ActorOf(Props.Create(() => new WatchCountingActor(TestActor)).WithMailbox(ActorSystemSettings.BoundedMailboxId));
        using var mayGoOn = new ManualResetEventSlim();
        watcher.Do(context => context.Watch(subject));
        watcher.Do(_ => mayGoOn.Wait());
        for (int i = 0; i < 2000; i++)
            watcher.Tell(1.5);
        System.Stop(subject);
        mayGoOn.Set();
        ExpectMsg($"terminated {subject.Path.Name}");
        Assert.True(System.RefusedCount >= 1000 - 2);
    }

    [Fact]
    public void W4_ActorOfThisProcess_AddressIsNotTerminated()
    {
        IActorRef subject = Watch(ActorOf(PuppetActor.Props()));
        System.Stop(subject);
        Assert.False(ExpectTerminated(subject).AddressTerminated);
    }

    private sealed class WatchCountingActor(IActorRef observer) : PuppetActor
    {
        protected override bool Receive(object message)
        {
            switch (message)
            {
                case Terminated terminated:
                    observer.Tell($"terminated {terminated.ActorRef.Path.Name}");
                    return true;
                case string own:
                    observer.Tell(own);
                    return true;
                default:
                    return base.Receive(message);
            }
        }
    }
}
