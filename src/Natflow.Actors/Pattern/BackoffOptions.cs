namespace Natflow.Actors.Pattern;

/// <summary>How a <see cref="BackoffSupervisor"/> brings its child back. Made by <see cref="Backoff"/>.</summary>
public sealed record BackoffOptions
{
    internal BackoffOptions()
    {
    }

    /// <summary>How to make the child.</summary>
    public required Props ChildProps { get; init; }

    /// <summary>Name of the child.</summary>
    public required string ChildName { get; init; }

    /// <summary>Wait before the first return; doubles each time.</summary>
    public required TimeSpan MinBackoff { get; init; }

    /// <summary>The wait grows to this.</summary>
    public required TimeSpan MaxBackoff { get; init; }

    /// <summary>Up to this fraction is added by chance, so that many do not return at once: 0.2 is 20 %.</summary>
    public required double RandomFactor { get; init; }

    /// <summary>Returns before the supervisor gives up and stops; negative is unlimited.</summary>
    public required int MaxNrOfRetries { get; init; }

    /// <summary>A child that lived so long starts again with the shortest wait; null is only by <see cref="BackoffSupervisor.Reset"/>.</summary>
    public TimeSpan? AutoReset { get; init; }

    /// <summary>Answer to whoever sends while the child is away; null makes it a dead letter.</summary>
    public object? ReplyWhileStopped { get; init; }

    /// <summary>Directive by cause.</summary>
    public Func<Exception, Directive> Decider { get; init; } = SupervisorStrategy.DefaultDecider;

    internal bool IsOnFailure { get; init; }

    /// <summary>Resets by message only.</summary>
    public BackoffOptions WithManualReset() => this with { AutoReset = null };

    /// <summary>Resets when the child has lived that long.</summary>
    /// <param name="lifetime">More than zero.</param>
    public BackoffOptions WithAutoReset(TimeSpan lifetime) => this with { AutoReset = lifetime };

    /// <summary>Answers whoever sends while the child is away.</summary>
    /// <param name="reply">The answer.</param>
    public BackoffOptions WithReplyWhileStopped(object reply) => this with { ReplyWhileStopped = reply };

    /// <summary>Decides by cause; Restart means after the wait.</summary>
    /// <param name="decider">Must not throw.</param>
    public BackoffOptions WithDecider(Func<Exception, Directive> decider) => this with { Decider = decider };

    /// <summary>The wait before return number <paramref name="restartCount"/> + 1.</summary>
    internal TimeSpan Delay(int restartCount, double chance)
    {
        double grown = MinBackoff.TotalMilliseconds * Math.Pow(2, restartCount);
        return TimeSpan.FromMilliseconds(Math.Min(grown, MaxBackoff.TotalMilliseconds) * (1 + (chance * RandomFactor)));
    }
}
