using Natflow.Actors.Persistence;
using Natflow.Testing.Actors;
using Natflow.Testing.Actors.Persistence;

namespace Natflow.Actors.Tests.Persistence;

public sealed class PersistTests : PersistenceTestKit
{
    [Fact]
    public void P5_Persist_HandlerRunsAfterTheEventIsStoredWithTheCommandsSender()
    {
        IActorRef ledger = Open();
        Storage.IsHoldingWrites = true;
        TestProbe other = CreateTestProbe();
        ledger.Tell("a");
        other.Send(ledger, "b"); // Must wait in the stash.
        ExpectNoMsg();
        Release();
        ExpectMsg("stored a");
        Release(); // Released one at a time: b was written after a's handler.
        other.ExpectMsg("stored b");
        Assert.Equal([1L, 2L], Storage.Events.Select(static item => item.SequenceNr));
        Assert.Equal(2, Storage.Requests.Count);
    }

    [Fact]
    public void P5_CommandsDuringPersist_KeepTheirOrder()
    {
        IActorRef ledger = Open();
        Storage.IsHoldingWrites = true;
        foreach (string text in new[] { "a", "b", "c", "d" })
            ledger.Tell(text);
        for (int i = 0; i < 4; i++)
            Release();
        Assert.Equal(["stored a", "stored b", "stored c", "stored d"], ReceiveN(4));
        ledger.Tell("state");
        ExpectMsg("a b c d");
    }

    [Fact]
    public void P6_PersistAll_IsOneAtomicWriteAndOneHandlerAnEvent()
    {
        IActorRef ledger = Open();
        Do(ledger, static actor =>
        {
            actor.WriteAll("a", "b", "c");
            actor.WriteAll();
            actor.Write("d");
        });
        Assert.Equal(["stored a", "stored b", "stored c", "stored d"], ReceiveN(4));
        WriteMessages request = Assert.Single(Storage.Requests);
        Assert.Equal([3, 1], request.Messages.Cast<AtomicWrite>().Select(static write => write.Payload.Count));
    }

    [Fact]
    public void P7_PersistAsync_CommandsGoOnMeanwhile()
    {
        IActorRef ledger = Open();
        Storage.IsHoldingWrites = true;
        Do(ledger, static actor => actor.WriteAsync("a"));
        ledger.Tell("state");
        ExpectMsg(string.Empty);
        Do(ledger, static actor => actor.WriteAsync("b"));
        Release();
        Release();
        Assert.Equal(["stored a", "stored b"], ReceiveN(2));
    }

    [Fact]
    public void P8_DeferAsync_RunsAfterEarlierHandlersAndIsNotStored()
    {
        IActorRef ledger = Open();
        Do(ledger, static actor =>
        {
            actor.Later("at once");
            actor.WriteAsync("a");
            actor.Later("after a");
        });
        Assert.Equal(["deferred at once", "stored a", "deferred after a"], ReceiveN(3));
        Assert.Equal("a", Assert.Single(Storage.Events).Payload);
    }

    [Fact]
    public void P9_NestedPersist_KeepsTheStashClosed()
    {
        IActorRef ledger = Open();
        Storage.IsHoldingWrites = true;
        Do(ledger, static actor => actor.Write("outer", text =>
        {
            actor.Store(text);
            actor.Write("inner");
        }));
        ledger.Tell("state");
        Release();
        ExpectMsg("stored outer");
        ExpectNoMsg();
        Release();
        ExpectMsg("stored inner");
        ExpectMsg("outer inner");
    }

    [Fact]
    public void P10_OneRequestInFlight_TheRestGoesAsTheNext()
    {
        IActorRef ledger = Open();
        Storage.IsHoldingWrites = true;
        for (int i = 0; i < 5; i++)
            Do(ledger, static actor => actor.WriteAsync("x"));
        Settle();
        Assert.Single(Storage.Requests);
        Release();
        Settle();
        Assert.Equal(2, Storage.Requests.Count);
        Assert.Equal(4, Storage.Requests[1].Messages.Count);
        Release();
        ReceiveN(5);
    }

    [Fact]
    public void P11_WriteFailed_OnPersistFailureThenTheActorStops()
    {
        IActorRef ledger = Watch(Open());
        Storage.Fails = static payload => payload is "bad";
        ledger.Tell("bad");
        ExpectMsg("failed bad 1");
        ExpectTerminated(ledger);
        Assert.Empty(Storage.Events);
    }

    [Fact]
    public void P11_WriteRejected_OnPersistRejectedAndTheActorContinues()
    {
        IActorRef ledger = Open();
        Storage.Rejects = static payload => payload is "odd";
        ledger.Tell("odd");
        ExpectMsg("rejected odd 1");
        ledger.Tell("good");
        ExpectMsg("stored good");
        Assert.Equal(2, Assert.Single(Storage.Events).SequenceNr); // Its number stays used (J3).
    }

    [Fact]
    public void P12_AnswersForAnEarlierIncarnation_AreIgnored()
    {
        IActorRef ledger = Open();
        Storage.IsHoldingWrites = true;
        Do(ledger, static actor => actor.WriteAsync("a"));
        Settle();
        EventFilter.Exception<InvalidOperationException>(contains: "command").ExpectOne(() =>
            Do(ledger, static _ => throw new InvalidOperationException("command")));
        Settle();
        Release(); // Stored, but the handler belongs to an instance that is gone.
        ledger.Tell("state");
        ExpectMsg(string.Empty);
        ExpectNoMsg();
    }

    [Fact]
    public void P12_ExceptionInAHandler_GoesToSupervision()
    {
        IActorRef ledger = Open();
        EventFilter.Exception<InvalidOperationException>(contains: "handler").ExpectOne(() =>
            Do(ledger, static actor => actor.Write("a", static _ => throw new InvalidOperationException("handler"))));
        ledger.Tell("state"); // Restarted and recovered: the event was stored.
        ExpectMsg("a");
    }

    [Fact]
    public void P13_Restart_StashedCommandsGoBackToTheMailbox()
    {
        IActorRef ledger = Open();
        Storage.IsHoldingWrites = true;
        Do(ledger, static actor => actor.Write("a", static _ => throw new InvalidOperationException("handler")));
        ledger.Tell("b");
        ledger.Tell("c");
        Settle();
        Storage.IsHoldingWrites = false;
        Release();
        Assert.Equal(["stored b", "stored c"], ReceiveN(2));
        ledger.Tell("state");
        ExpectMsg("a b c");
    }

    [Theory]
    [InlineData(StashOverflow.Reply)]
    [InlineData(StashOverflow.DiscardToDeadLetters)]
    public void P13_InternalStashOverflow_FollowsTheStrategy(StashOverflow overflow)
    {
        IActorRef ledger = ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor) { Overflow = overflow })).WithStashCapacity(1), "small");
        ledger.Tell("state");
        ExpectMsg(string.Empty);
        Storage.IsHoldingWrites = true;
        ledger.Tell("a");
        ledger.Tell("b");
        Settle();
        if (overflow == StashOverflow.Reply)
        {
            ledger.Tell("c");
            Assert.IsType<StashOverflowException>(ExpectMsg<Status.Failure>().Cause);
        }
        else
        {
            EventFilter.DeadLetter<string>().ExpectOne(() => ledger.Tell("c"));
        }

        Storage.IsHoldingWrites = false;
        Release();
        Assert.Equal(["stored a", "stored b"], ReceiveN(2));
    }

    [Fact]
    public void P13_InternalStashOverflow_ThrowsByDefault()
    {
        IActorRef ledger = ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor))).WithStashCapacity(1), "small");
        ledger.Tell("state");
        ExpectMsg(string.Empty);
        Storage.IsHoldingWrites = true;
        ledger.Tell("a");
        ledger.Tell("b");
        Settle();
        EventFilter.Exception<StashOverflowException>().ExpectOne(() => ledger.Tell("c"));
    }

    [Fact]
    public void P14_UserStash_IsIndependentAndUnstashesBeforeTheInternalOne()
    {
        IActorRef ledger = Open();
        Do(ledger, static actor => actor.Stash.Stash()); // An order of its own, run when it is put back.
        Storage.IsHoldingWrites = true;
        Do(ledger, static actor => actor.Write("a", text =>
        {
            actor.Store(text);
            actor.Observe();
            actor.Stash.UnstashAll();
        }));
        ledger.Tell("internal");
        Settle();
        Storage.IsHoldingWrites = false;
        Release();
        ExpectMsg("stored a");
        ExpectMsg<Action<Ledger>>();
        ExpectMsg("internal");
    }

    [Fact]
    public void P15_DeleteMessages_BeyondTheLastNumberIsRefused()
    {
        IActorRef ledger = Open();
        ledger.Tell("a");
        ledger.Tell("b");
        ReceiveN(2);
        Do(ledger, static actor => actor.Forget(3));
        Assert.Equal(3, ExpectMsg<DeleteMessagesFailure>().ToSequenceNr);
        Do(ledger, static actor => actor.Forget(1));
        Assert.Equal(1, ExpectMsg<DeleteMessagesSuccess>().ToSequenceNr);
        Assert.Equal("b", Assert.Single(Storage.Events).Payload);
    }

    [Fact]
    public void P16_LastSequenceNr_IsTheLastProcessedNumber()
    {
        IActorRef ledger = Open();
        Storage.IsHoldingWrites = true;
        Do(ledger, static actor => actor.WriteAsync("a"));
        ledger.Tell("number");
        ExpectMsg(0L); // Numbered 1 already, but not processed.
        Storage.IsHoldingWrites = false;
        Release();
        ExpectMsg("stored a");
        ledger.Tell("number");
        ExpectMsg(1L);
        Do(ledger, static actor => actor.Keep());
        Assert.Equal(1, ExpectMsg<SaveSnapshotSuccess>().Metadata.SequenceNr);
    }

    private IActorRef Open()
    {
        IActorRef ledger = ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor))));
        ledger.Tell("state");
        ExpectMsg(string.Empty);
        return ledger;
    }

    private void Do(IActorRef ledger, Action<Ledger> action) => ledger.Tell(action, TestActor);

    private void Release()
    {
        Settle();
        System.Persistence.Journal.Tell(new TestJournal.Release());
        Settle();
    }
}
