using Natflow.Actors.Dispatch;
using Natflow.Actors.Event;

namespace Natflow.Actors.Cells;

/// <summary>Failure, restart and end of an actor (contracts L3 to L7). Owner turn.</summary>
/// <remarks>
/// <code>
///            failure: suspend all below, tell the parent
/// Running ──────────────────────────────────────────► Failed ── Resume ──► Running
///    │                                                  │
///    │ Terminate                               Recreate │ PreRestart, dying children awaited
///    ▼                                                  ▼
/// children awaited ──► PostStop ──► gone         new instance, PostRestart ──► Running
/// </code>
/// Each suspension of the mailbox is undone by exactly one Resume or Recreate.
/// </remarks>
internal sealed class FaultHandling(ActorCell cell)
{
    private Awaiting _awaiting;
    private Exception? _restartCause;
    private InternalActorRef? _perpetrator; // The child whose failure was escalated.
    private object? _failedMessage;

    private enum Awaiting
    {
        Nothing,
        ChildrenToCreate,
        ChildrenToRecreate,
        ChildrenToTerminate,
        NothingAnyMore,
    }

    internal bool IsFailed { get; private set; }

    internal bool IsTerminating => _awaiting >= Awaiting.ChildrenToTerminate;

    internal bool IsTerminated => _awaiting == Awaiting.NothingAnyMore;

    /// <summary>The actor threw. A second failure before the parent's decision changes nothing.</summary>
    internal void OnFailure(Exception cause, object? message, InternalActorRef? perpetrator = null, bool suspendChildren = true)
    {
        if (IsFailed || IsTerminating)
        {
            Report(cause);
            return;
        }

        IsFailed = true;
        _perpetrator = perpetrator;
        _failedMessage = message;
        cell.Mailbox.Suspend();
        if (suspendChildren) SuspendChildren(except: perpetrator);
        cell.Supervisor.SendSystem(new Failed(cell.Self, cause));
    }

    internal void OnSuspend()
    {
        cell.Mailbox.Suspend();
        SuspendChildren(except: null);
    }

    internal void OnResume(Exception? cause)
    {
        if (cell.Actor is null && !IsTerminating)
        {
            MakeAgain(); // There is no state to keep.
            return;
        }

        InternalActorRef? perpetrator = _perpetrator;
        cell.Mailbox.Resume();
        if (cause is not null) ClearFailure();
        foreach (ChildRestartStats child in cell.Children.Stats())
            child.Child.SendSystem(new Resume(ReferenceEquals(child.Child, perpetrator) ? cause : null));
    }

    internal void OnRecreate(Exception cause)
    {
        if (_awaiting != Awaiting.Nothing)
        {
            cell.Mailbox.Resume(); // Already on the way to a new instance, or to the end: only the balance is due.
            return;
        }

        if (cell.Actor is not { } failed)
        {
            MakeAgain();
            return;
        }

        Try(() => failed.CallPreRestart(cause, _failedMessage));
        cell.ReleaseActor();
        _restartCause = cause;
        _awaiting = Awaiting.ChildrenToRecreate;
        ContinueIfChildrenAllow();
    }

    internal void OnTerminate()
    {
        if (IsTerminating) return;
        _awaiting = Awaiting.ChildrenToTerminate;
        cell.Mailbox.Suspend();
        cell.Children.Close();
        StopChildren();
        ContinueIfChildrenAllow();
    }

    /// <summary>A child asks for a decision.</summary>
    internal void OnChildFailed(Failed failed)
    {
        if (cell.Children.StatsOf(failed.Child) is not { } stats) return;
        if (!cell.Strategy.HandleFailure(cell, stats, failed.Cause))
            OnFailure(failed.Cause, message: null, perpetrator: failed.Child);
    }

    internal void OnChildTerminated(InternalActorRef child)
    {
        if (cell.Children.Remove(child)) ContinueIfChildrenAllow();
    }

    private void ContinueIfChildrenAllow()
    {
        switch (_awaiting)
        {
            case Awaiting.ChildrenToCreate when !cell.Children.HasDying:
                FinishCreate();
                break;
            case Awaiting.ChildrenToRecreate when !cell.Children.HasDying:
                FinishRecreate();
                break;
            case Awaiting.ChildrenToTerminate when cell.Children.IsEmpty:
                FinishTerminate();
                break;
        }
    }

    private void MakeAgain()
    {
        StopChildren();
        _awaiting = Awaiting.ChildrenToCreate;
        ContinueIfChildrenAllow();
    }

    private void FinishCreate()
    {
        _awaiting = Awaiting.Nothing;
        cell.Mailbox.Resume();
        ClearFailure();
        cell.MakeAndStart();
    }

    private void FinishRecreate()
    {
        Exception cause = _restartCause!;
        _awaiting = Awaiting.Nothing;
        ChildRestartStats[] survivors = cell.Children.Stats();
        cell.Mailbox.Resume();
        ClearFailure();
        if (!TryMakeSuccessor(cause)) return;
        foreach (ChildRestartStats child in survivors)
            child.Child.SendSystem(new Recreate(cause));
    }

#pragma warning disable CA1031 // Whatever user code throws is the parent's affair.
    private bool TryMakeSuccessor(Exception cause)
    {
        try
        {
            cell.MakeActor();
            cell.Actor!.CallPostRestart(cause);
            return true;
        }
        catch (Exception e)
        {
            cell.ReleaseActor();
            var failure = new PostRestartException($"{cell.Self} failed while it was restarted: {e.Message}", e, cause);
            OnFailure(failure, message: null, suspendChildren: false); // The children are suspended since the first failure.
            return false;
        }
    }

    private void Try(Action userCode)
    {
        try
        {
            userCode();
        }
        catch (Exception e)
        {
            Report(e);
        }
    }
#pragma warning restore CA1031

    private void Report(Exception cause) =>
        cell.System.Publish(new Error(cell.Self.Path.ToString(), cause.Message, cause, cell.System.Now));

    private void FinishTerminate()
    {
        if (cell.Actor is { } actor) Try(actor.CallPostStop);
        cell.ReleaseActor();
        _awaiting = Awaiting.NothingAnyMore;
        cell.Mailbox.Close();
        cell.Dispatcher.Detach(cell.Self);
        cell.System.EventStream.Unsubscribe(cell.Self);
        cell.Supervisor.SendSystem(new DeathWatchNotification(cell.Self, existenceConfirmed: true));
        cell.DeathWatch.OnTerminated(cell.Supervisor);
    }

    private void StopChildren()
    {
        foreach (ChildRestartStats child in cell.Children.Stats())
            cell.Stop(child.Child);
    }

    private void SuspendChildren(InternalActorRef? except)
    {
        foreach (ChildRestartStats child in cell.Children.Stats())
        {
            if (!ReferenceEquals(child.Child, except)) child.Child.SendSystem(new Suspend());
        }
    }

    private void ClearFailure()
    {
        IsFailed = false;
        _perpetrator = null;
        _failedMessage = null;
    }
}
