using Natflow.Actors.Cells;
using Natflow.Actors.Dispatch;
using Natflow.Actors.Event;

namespace Natflow.Actors;

/// <summary>How a parent treats children that failed. Immutable; one instance may serve many parents.</summary>
public abstract class SupervisorStrategy
{
    private readonly Func<Exception, Directive> _decider;

    private protected SupervisorStrategy(int maxNrOfRetries, TimeSpan withinTimeRange, Func<Exception, Directive> decider)
    {
        MaxNrOfRetries = maxNrOfRetries;
        WithinTimeRange = withinTimeRange;
        _decider = decider;
    }

    /// <summary>Decides as contract V2 says.</summary>
    public static Func<Exception, Directive> DefaultDecider { get; } = static cause =>
        cause is ActorInitializationException or ActorKilledException or DeathPactException ? Directive.Stop : Directive.Restart;

    /// <summary>One for one, unlimited restarts, <see cref="DefaultDecider"/>.</summary>
    public static SupervisorStrategy DefaultStrategy { get; } = new OneForOneStrategy(DefaultDecider);

    /// <summary>One for one, every failure stops the child.</summary>
    public static SupervisorStrategy StoppingStrategy { get; } = new OneForOneStrategy(static _ => Directive.Stop);

    /// <summary>Restarts allowed within <see cref="WithinTimeRange"/>; 0 is none, negative is unlimited.</summary>
    public int MaxNrOfRetries { get; }

    /// <summary>Length of the window, which opens at the first failure; zero is no window.</summary>
    public TimeSpan WithinTimeRange { get; }

    /// <summary>The directive for a cause.</summary>
    public Directive Decide(Exception cause) => _decider(cause);

    /// <summary>Carries out the decision. Parent's turn.</summary>
    /// <returns>False to escalate.</returns>
    internal bool HandleFailure(ActorCell parent, ChildRestartStats failed, Exception cause)
    {
        Directive directive = Decide(cause);
        Log(parent.System, failed.Child, cause, directive);
        switch (directive)
        {
            case Directive.Resume:
                failed.Child.SendSystem(new Resume(cause));
                return true;
            case Directive.Restart:
                RestartOrStop(parent, failed, cause);
                return true;
            case Directive.Stop:
                Stop(parent, failed);
                return true;
            default:
                return false;
        }
    }

    private protected abstract void RestartOrStop(ActorCell parent, ChildRestartStats failed, Exception cause);

    private protected abstract void Stop(ActorCell parent, ChildRestartStats failed);

    private protected bool IsPermitted(ActorCell parent, ChildRestartStats child) =>
        child.RequestRestartPermission(MaxNrOfRetries, WithinTimeRange, parent.System.Settings.TimeProvider);

    private static void Log(ActorSystem system, InternalActorRef child, Exception cause, Directive directive)
    {
        string source = child.Path.ToString();
        switch (directive)
        {
            case Directive.Resume:
                system.Publish(new Warning(source, cause.Message, cause, system.Now));
                break;
            case Directive.Restart or Directive.Stop:
                system.Publish(new Error(source, cause.Message, cause, system.Now));
                break;
        }
    }
}
