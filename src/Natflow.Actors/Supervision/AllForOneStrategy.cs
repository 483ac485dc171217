using Natflow.Actors.Cells;
using Natflow.Actors.Dispatch;

namespace Natflow.Actors;

/// <summary>All children are restarted or stopped when one fails, each needing permission (contract V3). For children that share a fate.</summary>
public sealed class AllForOneStrategy : SupervisorStrategy
{
    /// <summary>A strategy with limits.</summary>
    /// <param name="maxNrOfRetries">Restarts allowed within the window; 0 is none, negative is unlimited.</param>
    /// <param name="withinTimeRange">The window; zero is for ever.</param>
    /// <param name="decider">Directive by cause; must not throw.</param>
    public AllForOneStrategy(int maxNrOfRetries, TimeSpan withinTimeRange, Func<Exception, Directive> decider)
        : base(maxNrOfRetries, withinTimeRange, decider)
    {
    }

    /// <summary>A strategy without limits.</summary>
    /// <param name="decider">Directive by cause; must not throw.</param>
    public AllForOneStrategy(Func<Exception, Directive> decider)
        : this(-1, TimeSpan.Zero, decider)
    {
    }

    private protected override void RestartOrStop(ActorCell parent, ChildRestartStats failed, Exception cause)
    {
        ChildRestartStats[] children = parent.Children.Stats();
        if (!Array.TrueForAll(children, child => IsPermitted(parent, child)))
        {
            Stop(parent, failed);
            return;
        }

        foreach (ChildRestartStats child in children)
        {
            if (child != failed) child.Child.SendSystem(new Suspend());
            child.Child.SendSystem(new Recreate(cause));
        }
    }

    private protected override void Stop(ActorCell parent, ChildRestartStats failed)
    {
        foreach (ChildRestartStats child in parent.Children.Stats())
            parent.Stop(child.Child);
    }
}
