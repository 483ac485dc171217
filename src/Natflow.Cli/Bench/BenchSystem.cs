using Natflow.Actors;

namespace Natflow.Cli.Bench;

/// <summary>The actor system of a benchmark.</summary>
internal static class BenchSystem
{
    /// <summary>Many come and go in one process: none waits for its end.</summary>
    internal static ActorSystemSettings Settings { get; } =
        new() { CoordinatedShutdown = new CoordinatedShutdownSettings { RunByProcessExit = false } };
}
