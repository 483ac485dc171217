namespace Natflow.Conformance.Bench;

/// <summary>Which way through the data plane a run's packets take.</summary>
public enum BenchPath
{
    /// <summary>One shard; before each packet every way's generation is bumped, so that the slow path decides each.</summary>
    Slow,

    /// <summary>One shard; flows are established before the check, so that the hot path takes what it can.</summary>
    Fast,

    /// <summary>Two shards on two workers; each packet comes in at the worker that does not own it and is handed over.</summary>
    Handoff,

    /// <summary>One shard with a PPE in front, in software: it forwards what is bound, and the gateway the rest.</summary>
    Offloaded,
}
