using Natflow.Actors.Persistence;
using Natflow.Testing.Actors.Persistence;

namespace Natflow.Actors.Tests.Persistence;

public sealed class RecoveryTests() : PersistenceTestKit(TimeSpan.FromSeconds(5))
{
    [Fact]
    public void P1_NoJournal_FailsAtStart()
    {
        var system = ActorSystem.Create("bare", new ActorSystemSettings { CoordinatedShutdown = new CoordinatedShutdownSettings { RunByProcessExit = false } });
        Assert.Throws<ConfigurationException>(() => system.Persistence.Journal);
        _ = system.FinalTerminate();
    }

    [Fact]
    public void P1_EmptyPersistenceId_TheActorIsStopped()
    {
        IActorRef? ledger = null;
        EventFilter.Exception<ActorInitializationException>(contains: "no persistence id")
            .ExpectOne(() => ledger = ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor) { Id = string.Empty }))));
        ExpectTerminated(Watch(ledger!));
    }

    [Fact]
    public void P2_Recovery_SnapshotThenEventsThenCompletedThenCommands()
    {
        Fill("a", "b", "c");
        Storage.Snapshots.Add(new SelectedSnapshot(new SnapshotMetadata("ledger-1", 2, Time.GetUtcNow()), "A B"));
        IActorRef ledger = ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor) { OnRecovered = actor => TestActor.Tell($"recovered {actor.State}") })));
        ledger.Tell("state");
        ExpectMsg("recovered A B c");
        ExpectMsg("A B c");
        ledger.Tell("d");
        ExpectMsg("stored d");
        Assert.Equal(4, Storage.Events[^1].SequenceNr);
    }

    [Fact]
    public void P2_NothingStored_RecoveryCompletedComesToo()
    {
        ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor) { OnRecovered = _ => TestActor.Tell("recovered") })));
        ExpectMsg("recovered");
    }

    [Fact]
    public void P2_TooManyAtOnce_WaitForAPermit()
    {
        Storage.IsSilentInReplay = true;
        var first = new List<IActorRef>();
        for (int i = 0; i < PersistenceExtension.MaxConcurrentRecoveries; i++)
            first.Add(Named($"silent-{i}"));
        Settle();
        Storage.IsSilentInReplay = false;
        IActorRef late = Named("late");
        late.Tell("state");
        ExpectNoMsg();
        System.Stop(first[0]); // The permit of the dead goes to the next.
        ExpectMsg(string.Empty);
    }

    [Fact]
    public void P3_DuringRecovery_PersistThrowsAndSenderIsNobody()
    {
        Fill("a");
        IActorRef? sender = null;
        var plan = new LedgerPlan(TestActor) { OnRecovered = actor => sender = actor.CurrentSender };
        ActorOf(Props.Create(() => new Ledger(plan))).Tell("state");
        ExpectMsg("a");
        Assert.Equal(System.DeadLetters, sender);
        ActorOf(Props.Create(() => new Hasty(TestActor)));
        ExpectMsg<InvalidOperationException>();
    }

    [Fact]
    public void P4_NoAnswerInTime_OnRecoveryFailureAndStop()
    {
        Storage.IsSilentInReplay = true;
        IActorRef ledger = Watch(Named("ledger-1"));
        Settle();
        Advance(TimeSpan.FromSeconds(5));
        ExpectMsg("not recovered: RecoveryTimedOutException ");
        ExpectTerminated(ledger);
    }

    [Fact]
    public void P4_SnapshotUnreadable_OnRecoveryFailureAndStop()
    {
        Storage.FailsToLoadSnapshots = true;
        IActorRef ledger = Watch(Named("ledger-1"));
        ExpectMsg("not recovered: IOException ");
        ExpectTerminated(ledger);
    }

    [Fact]
    public void P4_HandlerThrows_OnRecoveryFailureNamesTheEventAndStops()
    {
        Fill("a", "poison", "b");
        IActorRef ledger = Watch(Named("ledger-1"));
        ExpectMsg("not recovered: InvalidOperationException poison");
        ExpectTerminated(ledger);
    }

    [Fact]
    public void P4_RecoveryNone_StartsEmptyAndNumbersGoOn()
    {
        Fill("a", "b");
        IActorRef ledger = ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor) { Recovery = Recovery.None })));
        ledger.Tell("state");
        ExpectMsg(string.Empty);
        ledger.Tell("c");
        ExpectMsg("stored c");
        Assert.Equal(3, Storage.Events[^1].SequenceNr);
    }

    [Fact]
    public void S1_Criteria_TakeTheHighestThatFits()
    {
        Fill("a", "b", "c");
        foreach (int number in new[] { 1, 3, 2 })
            Storage.Snapshots.Add(new SelectedSnapshot(new SnapshotMetadata("ledger-1", number, Time.GetUtcNow()), $"s{number}"));
        var recovery = new Recovery(SnapshotSelectionCriteria.Latest with { MaxSequenceNr = 2 });
        ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor) { Recovery = recovery }))).Tell("state");
        ExpectMsg("s2 c");
    }

    [Fact]
    public void S2_ToSequenceNr_BoundsSnapshotAndEvents()
    {
        Fill("a", "b", "c");
        Storage.Snapshots.Add(new SelectedSnapshot(new SnapshotMetadata("ledger-1", 3, Time.GetUtcNow()), "late"));
        ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor) { Recovery = Recovery.Default with { ToSequenceNr = 2 } }))).Tell("state");
        ExpectMsg("a b");
    }

    [Fact]
    public void S5_SnapshotNotSaved_IsOnlyReported()
    {
        IActorRef ledger = Named("ledger-1");
        Storage.FailsToSaveSnapshots = true;
        ledger.Tell(new Action<Ledger>(static actor => actor.Keep()));
        Assert.IsType<IOException>(ExpectMsg<SaveSnapshotFailure>().Cause);
        ledger.Tell("a");
        ExpectMsg("stored a");
    }

    private IActorRef Named(string id) => ActorOf(Props.Create(() => new Ledger(new LedgerPlan(TestActor) { Id = id })));

    private void Fill(params string[] events)
    {
        for (int i = 0; i < events.Length; i++)
            Storage.Events.Add(new Persistent(events[i], i + 1, "ledger-1"));
        Storage.SetHighest("ledger-1", events.Length);
    }

    private sealed class Hasty(IActorRef observer) : PersistentActor
    {
        public override string PersistenceId => "ledger-1";

        protected override bool ReceiveCommand(object message) => false;

        protected override bool ReceiveRecover(object message)
        {
            if (message is string)
                observer.Tell(Record.Exception(() => Persist("x", static _ => { })));
            return true;
        }
    }
}
