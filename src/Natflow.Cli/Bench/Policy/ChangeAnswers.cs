using Natflow.Actors;
using Natflow.Gateway.Users;

namespace Natflow.Cli.Bench.Policy;

/// <summary>Who asks for changes, and notes how long after it was due each was answered. They are answered in order.</summary>
/// <remarks>The user actor's turns call it: a task for each answer would take more of the processor that the actors have than a change does.</remarks>
/// <param name="start">When the first change was due, in ticks of the clock.</param>
/// <param name="ticksPerChange">From one change to the next.</param>
/// <param name="lagsMs">Gets the lags.</param>
internal sealed class ChangeAnswers(long start, long ticksPerChange, List<double> lagsMs) : IActorRef
{
    private long _count;

    /// <inheritdoc />
    public ActorPath Path => ActorRefs.Nobody.Path;

    /// <summary>Answers. Any thread.</summary>
    internal long Count => Volatile.Read(ref _count);

    /// <summary>The last answer that is not what was wanted. Any thread.</summary>
    internal string? Refusal { get; private set; }

    /// <summary>When a change is due.</summary>
    internal long DueOf(long number) => start + (number * ticksPerChange);

    /// <inheritdoc />
    public void Tell(object message, IActorRef? sender)
    {
        if (message is not UserCommandAnswer { UserCount: 1 })
            Refusal = message.ToString();
        lagsMs.Add(TimeProvider.System.GetElapsedTime(DueOf(_count)).TotalMilliseconds);
        Volatile.Write(ref _count, _count + 1);
    }
}
