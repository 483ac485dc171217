using Natflow.Actors.Cells;

namespace Natflow.Actors.Persistence;

/// <summary>
/// An actor whose state is the fold of its events. It recovers at start and at each restart, and stores what happens before it acts on it
/// (contracts P1 to P16).
/// </summary>
/// <remarks>
/// <code>
/// start ─► permit ─► snapshot ─► events ─► RecoveryCompleted ─► Commands ◄──┐ all handlers ran
///            all other messages are stashed                       │ Persist  │
///                                                                 └► Persisting: commands are stashed
/// </code>
/// </remarks>
public abstract class PersistentActor : ActorBase
{
    private static int _instanceCount;

    private readonly int _instanceId = Interlocked.Increment(ref _instanceCount);
    private readonly EventBatch _batch = new();
    private readonly StashQueue _internalStash;
    private readonly PersistenceExtension _persistence;
    private Phase _phase = Phase.AwaitingPermit;
    private Cancelable? _timeout;
    private int _ticks; // A tick of an earlier wait is none.
    private long _sequenceNr;

    /// <summary>Binds the instance to the journal.</summary>
    /// <exception cref="ConfigurationException">The system has none (contract P1).</exception>
    protected PersistentActor()
    {
        _persistence = Context.System.Persistence;
        Journal = _persistence.Journal;
        SnapshotStore = _persistence.SnapshotStore;
        _internalStash = new StashQueue(Cell, Cell.Props.StashCapacity);
    }

    private enum Phase
    {
        AwaitingPermit,
        AwaitingSnapshot,
        Replaying,
        Commands,
        Persisting,
    }

    /// <summary>Identity of the stream; stable, not empty, the actor's alone.</summary>
    public abstract string PersistenceId { get; }

    /// <summary>How far to recover; asked once an incarnation.</summary>
    protected virtual Recovery Recovery => Recovery.Default;

    /// <summary>What becomes of a command that does not fit the internal stash, which is as large as <see cref="Props.StashCapacity"/>.</summary>
    protected virtual StashOverflow InternalStashOverflow => StashOverflow.Throw;

    /// <summary>Number of the last event processed (contract P16).</summary>
    protected long LastSequenceNr { get; private set; }

    /// <summary>Whether events of the past are being replayed.</summary>
    protected bool IsRecovering => _phase < Phase.Commands;

    /// <summary>Where events go.</summary>
    protected IActorRef Journal { get; }

    /// <summary>Where snapshots go.</summary>
    protected IActorRef SnapshotStore { get; }

    internal StashQueue InternalStash => _internalStash;

    /// <summary>Handles an event of the past, <see cref="SnapshotOffer"/> or <see cref="RecoveryCompleted"/>. Without side effects.</summary>
    /// <returns>False if it does not know this message.</returns>
    protected abstract bool ReceiveRecover(object message);

    /// <summary>Handles a command in the initial behaviour.</summary>
    /// <returns>False if it does not know this message.</returns>
    protected abstract bool ReceiveCommand(object message);

    /// <inheritdoc />
    protected sealed override bool Receive(object message) => ReceiveCommand(message);

    /// <summary>Stores an event, then runs the handler; commands wait until then (contract P5).</summary>
    protected void Persist<TEvent>(TEvent persisted, Action<TEvent> handler)
        where TEvent : class => Add([persisted], handler, isStashing: true);

    /// <summary>Stores events together or not at all, then runs the handler for each (contract P6). None does nothing.</summary>
    protected void PersistAll<TEvent>(IReadOnlyList<TEvent> events, Action<TEvent> handler)
        where TEvent : class => Add(events, handler, isStashing: true);

    /// <summary>Stores an event, then runs the handler; commands go on meanwhile (contract P7).</summary>
    protected void PersistAsync<TEvent>(TEvent persisted, Action<TEvent> handler)
        where TEvent : class => Add([persisted], handler, isStashing: false);

    /// <summary>Stores events together or not at all, then runs the handler for each; commands go on meanwhile.</summary>
    protected void PersistAllAsync<TEvent>(IReadOnlyList<TEvent> events, Action<TEvent> handler)
        where TEvent : class => Add(events, handler, isStashing: false);

    /// <summary>Runs the handler when all earlier handlers have run; at once if there are none. Nothing is stored (contract P8).</summary>
    protected void DeferAsync<TEvent>(TEvent deferred, Action<TEvent> handler)
        where TEvent : class => AddDeferred(deferred, handler, isStashing: false);

    /// <summary>As <see cref="DeferAsync"/>, but commands wait until then.</summary>
    protected void Defer<TEvent>(TEvent deferred, Action<TEvent> handler)
        where TEvent : class => AddDeferred(deferred, handler, isStashing: true);

    /// <summary>Stores the state as of <see cref="LastSequenceNr"/>. The answer is a command: <see cref="SaveSnapshotSuccess"/> or <see cref="SaveSnapshotFailure"/>.</summary>
    protected void SaveSnapshot(object snapshot) => SnapshotStore.Tell(
        new SaveSnapshot(new SnapshotMetadata(PersistenceId, LastSequenceNr, Context.System.Now), snapshot), Self);

    /// <summary>Deletes snapshots. The answer is a command.</summary>
    protected void DeleteSnapshots(SnapshotSelectionCriteria criteria) => SnapshotStore.Tell(new DeleteSnapshots(PersistenceId, criteria), Self);

    /// <summary>Deletes events from replay for ever. The answer is a command; a number beyond <see cref="LastSequenceNr"/> is refused (contract P15).</summary>
    protected void DeleteMessages(long toSequenceNr)
    {
        if (toSequenceNr <= LastSequenceNr)
            Journal.Tell(new DeleteMessagesTo(PersistenceId, toSequenceNr, Self), Self);
        else
            Self.Tell(new DeleteMessagesFailure(new ArgumentOutOfRangeException(nameof(toSequenceNr), toSequenceNr, $"beyond {LastSequenceNr}"), toSequenceNr), Self);
    }

    /// <summary>The state could not be recovered. The actor stops afterwards (contract P4).</summary>
    /// <param name="cause">Why.</param>
    /// <param name="message">The event being handled, if one was.</param>
    protected virtual void OnRecoveryFailure(Exception cause, object? message) =>
        Context.System.Publish(new Event.Error(Self.Path.ToString(), $"{PersistenceId} cannot be recovered after event {LastSequenceNr}: {cause.Message}", cause, Context.System.Now));

    /// <summary>Whether an event is stored is unknown. The actor stops afterwards (contract P11).</summary>
    protected virtual void OnPersistFailure(Exception cause, object persisted, long sequenceNr) =>
        Context.System.Publish(new Event.Error(Self.Path.ToString(), $"{PersistenceId}: event {sequenceNr} failed to be stored: {cause.Message}", cause, Context.System.Now));

    /// <summary>An event was refused and is not stored; its handler does not run, the actor goes on (contract P11).</summary>
    protected virtual void OnPersistRejected(Exception cause, object persisted, long sequenceNr) =>
        Context.System.Publish(new Event.Error(Self.Path.ToString(), $"{PersistenceId}: event {sequenceNr} was rejected: {cause.Message}", cause, Context.System.Now));

    internal sealed override void CallPreStart()
    {
        StartRecovery();
        base.CallPreStart();
    }

    internal sealed override void CallPostRestart(Exception reason)
    {
        StartRecovery();
        base.CallPostRestart(reason);
    }

    // What was decided is still stored (contract P13); the answers find another incarnation, or none.
    internal sealed override void CallPreRestart(Exception reason, object? message)
    {
        EndRecovery();
        Flush();
        base.CallPreRestart(reason, message);
    }

    internal sealed override void CallPostStop()
    {
        EndRecovery();
        Flush();
        base.CallPostStop();
    }

    internal sealed override void OnReleasing()
    {
        _internalStash.IsHolding = false;
        _internalStash.UnstashAll();
    }

    internal sealed override bool AroundReceive(Receive behaviour, object message)
    {
        _internalStash.OnNextMessage();
        if (message is IJournalAnswer answer)
        {
            if (answer.ActorInstanceId == _instanceId)
                OnJournalAnswer(answer);
            return true;
        }

        switch (_phase)
        {
            case Phase.Commands:
                return OnCommand(behaviour, message);
            case Phase.Persisting:
                StashInternally();
                return true;
            default:
                OnRecovering(message);
                return true;
        }
    }

    private void StartRecovery()
    {
        if (string.IsNullOrEmpty(PersistenceId))
            throw new ConfigurationException($"{GetType().Name} has no persistence id");
        _persistence.Permitter.Tell(RecoveryPermitter.Request.Instance, Self);
    }

    private void OnRecovering(object message)
    {
        try
        {
            if (!TryRecover(message))
                StashInternally();
        }
#pragma warning disable CA1031 // Whatever a recovery handler throws ends the recovery.
        catch (Exception e) when (e is not StashOverflowException)
        {
            FailRecovery(e, message is ReplayedMessage replayed ? replayed.Persistent.Payload : null);
        }
#pragma warning restore CA1031
    }

    private bool TryRecover(object message)
    {
        switch (message)
        {
            case RecoveryPermitter.Granted when _phase == Phase.AwaitingPermit:
                _phase = Phase.AwaitingSnapshot;
                SnapshotStore.Tell(new LoadSnapshot(PersistenceId, Recovery.FromSnapshot, Recovery.ToSequenceNr), Self);
                AwaitAnswer();
                return true;
            case LoadSnapshotResult loaded when _phase == Phase.AwaitingSnapshot:
                OnSnapshot(loaded.Snapshot);
                return true;
            case LoadSnapshotFailed failed when _phase == Phase.AwaitingSnapshot:
                FailRecovery(failed.Cause, message: null);
                return true;
            case ReplayedMessage replayed when _phase == Phase.Replaying:
                AwaitAnswer();
                LastSequenceNr = replayed.Persistent.SequenceNr;
                Offer(replayed.Persistent.Payload);
                return true;
            case RecoverySuccess success when _phase == Phase.Replaying:
                Complete(success.HighestSequenceNr);
                return true;
            case ReplayMessagesFailure failed when _phase == Phase.Replaying:
                FailRecovery(failed.Cause, message: null);
                return true;
            case RecoveryTick tick:
                if (tick.Number == _ticks)
                    FailRecovery(new RecoveryTimedOutException($"no answer within {_persistence.RecoveryEventTimeout}"), message: null);
                return true;
            default:
                return false;
        }
    }

    private void OnSnapshot(SelectedSnapshot? selected)
    {
        if (selected is not null)
        {
            LastSequenceNr = selected.Metadata.SequenceNr;
            Offer(new SnapshotOffer(selected.Metadata, selected.Snapshot));
        }

        _phase = Phase.Replaying;
        Journal.Tell(new ReplayMessages(LastSequenceNr + 1, Recovery.ToSequenceNr, Recovery.ReplayMax, PersistenceId, Self), Self);
        AwaitAnswer();
    }

    private void Complete(long highestSequenceNr)
    {
        EndRecovery();
        _sequenceNr = Math.Max(highestSequenceNr, LastSequenceNr);
        LastSequenceNr = _sequenceNr;
        _phase = Phase.Commands;
        if (!ReceiveRecover(RecoveryCompleted.Instance))
            Unhandled(RecoveryCompleted.Instance);
        _internalStash.UnstashAll();
        Settle();
    }

    private void Offer(object message)
    {
        if (!ReceiveRecover(message))
            Unhandled(message);
    }

    private void FailRecovery(Exception cause, object? message)
    {
        EndRecovery();
        try
        {
            OnRecoveryFailure(cause, message);
        }
        finally
        {
            Context.Stop(Self);
        }
    }

    private void EndRecovery()
    {
        _timeout?.Cancel();
        _ticks++;
        if (IsRecovering)
            _persistence.Permitter.Tell(RecoveryPermitter.Return.Instance, Self);
    }

    private void AwaitAnswer()
    {
        _timeout?.Cancel();
        _timeout = Context.System.Scheduler.ScheduleTellOnceCancelable(_persistence.RecoveryEventTimeout, Self, new RecoveryTick(++_ticks), ActorRefs.NoSender);
    }

    private bool OnCommand(Receive behaviour, object message)
    {
        if (message is RecoveryTick or RecoveryPermitter.Granted)
            return true;
        bool isHandled = behaviour(message); // If it throws, what it persisted is sent by the restart, and the stash goes back whole.
        AfterHandler();
        return isHandled;
    }

    private void OnJournalAnswer(IJournalAnswer answer)
    {
        switch (answer)
        {
            case WriteMessagesSuccessful or WriteMessagesFailed:
                _batch.OnWritten();
                Flush();
                return;
            case WriteMessageSuccess success:
                LastSequenceNr = success.Persistent.SequenceNr;
                RunHandler(success.Persistent.Payload);
                return;
            case LoopMessageSuccess loop:
                RunHandler(loop.Message);
                return;
            case WriteMessageRejected rejected:
                LastSequenceNr = rejected.Message.SequenceNr;
                _batch.Drop();
                OnPersistRejected(rejected.Cause, rejected.Message.Payload, rejected.Message.SequenceNr);
                AfterHandler();
                return;
            case WriteMessageFailure failure:
                _batch.Drop();
                try
                {
                    OnPersistFailure(failure.Cause, failure.Message.Payload, failure.Message.SequenceNr);
                }
                finally
                {
                    Context.Stop(Self);
                }

                return;
        }
    }

    private void RunHandler(object payload)
    {
        _batch.Run(payload);
        AfterHandler();
    }

    private void AfterHandler()
    {
        Settle();
        if (_phase == Phase.Commands)
            _internalStash.Unstash(); // One at a time: it may persist, and then the next one waits.
    }

    private void Settle()
    {
        Flush();
        _phase = _batch.StashingCount > 0 ? Phase.Persisting : Phase.Commands;
        _internalStash.IsHolding = _phase == Phase.Persisting || _internalStash.Count > 0;
    }

    private void Flush() => _batch.Flush(Journal, Self, _instanceId);

    private void Add<TEvent>(IReadOnlyList<TEvent> events, Action<TEvent> handler, bool isStashing)
        where TEvent : class
    {
        if (IsRecovering)
            throw new InvalidOperationException("nothing can be persisted during recovery");
        if (events.Count == 0)
            return;
        IActorRef sender = Sender;
        var written = new Persistent[events.Count];
        for (int i = 0; i < written.Length; i++)
            written[i] = new Persistent(events[i], ++_sequenceNr, PersistenceId, sender);
        _batch.Add(new AtomicWrite(written), written.Length, payload => handler((TEvent)payload), isStashing);
    }

    private void AddDeferred<TEvent>(TEvent deferred, Action<TEvent> handler, bool isStashing)
        where TEvent : class
    {
        if (IsRecovering)
            throw new InvalidOperationException("nothing can be deferred during recovery");
        if (_batch.IsEmpty)
            handler(deferred);
        else
            _batch.Add(new NonPersistentMessage(deferred, Sender), handlerCount: 1, payload => handler((TEvent)payload), isStashing);
    }

    private void StashInternally()
    {
        try
        {
            _internalStash.Stash();
        }
        catch (StashOverflowException overflow) when (InternalStashOverflow != StashOverflow.Throw)
        {
            if (InternalStashOverflow == StashOverflow.Reply)
                Sender.Tell(new Status.Failure(overflow), Self);
            else
                Context.System.DeadLetterOffice.Publish(Cell.CurrentEnvelope.Message, Cell.CurrentEnvelope.Sender, Self);
        }
    }

    private sealed record RecoveryTick(int Number) : INotInfluenceReceiveTimeout;
}
