using Natflow.Actors.Cells;
using Natflow.Actors.Dispatch;

namespace Natflow.Actors;

/// <summary>Only the child that failed is treated (contract V3).</summary>
public sealed class OneForOneStrategy : SupervisorStrategy
{
    /// <summary>A strategy with limits.</summary>
    /// <param name="maxNrOfRetries">Restarts allowed within the window; 0 is none, negative is unlimited.</param>
    /// <param name="withinTimeRange">The window; zero is for ever.</param>
    /// <param name="decider">Directive by cause; must not throw.</param>
    public OneForOneStrategy(int maxNrOfRetries, TimeSpan withinTimeRange, Func<Exception, Directive> decider)
        : base(maxNrOfRetries, withinTimeRange, decider)
    {
    }

    /// <summary>A strategy without limits.</summary>
    /// <param name="decider">Directive by cause; must not throw.</param>
    public OneForOneStrategy(Func<Exception, Directive> decider)
        : this(-1, TimeSpan.Zero, decider)
    {
    }

    private protected override void RestartOrStop(ActorCell parent, ChildRestartStats failed, Exception cause)
    {
        if (IsPermitted(parent, failed))
            failed.Child.SendSystem(new Recreate(cause));
        else
            parent.Stop(failed.Child);
    }

    private protected override void Stop(ActorCell parent, ChildRestartStats failed) => parent.Stop(failed.Child);
}
