namespace Natflow.Actors;

/// <summary>Phases of the way out and how they are run.</summary>
public sealed record CoordinatedShutdownSettings
{
    /// <summary>Phases by name; the default is the table of contract C1, where each phase depends on the one before.</summary>
    public IReadOnlyDictionary<string, ShutdownPhase> Phases { get; init; } = CoordinatedShutdown.DefaultPhases;

    /// <summary>Whether the last phase ends the actor system.</summary>
    public bool TerminateActorSystem { get; init; } = true;

    /// <summary>Whether <see cref="ActorSystem.Terminate"/> runs the phases.</summary>
    public bool RunByActorSystemTerminate { get; init; } = true;

    /// <summary>Whether the end of the process runs the phases and waits for them, as long as their time-outs allow.</summary>
    public bool RunByProcessExit { get; init; } = true;
}

/// <summary>One phase of the way out.</summary>
/// <param name="DependsOn">Phases that have to be over first.</param>
/// <param name="Timeout">How long its tasks may take together, as they run in parallel.</param>
/// <param name="Recover">Whether failed and late tasks are logged and the next phase starts; if not, the run ends with an error.</param>
public sealed record ShutdownPhase(IReadOnlyList<string> DependsOn, TimeSpan Timeout, bool Recover = true);
