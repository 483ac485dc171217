namespace Natflow.Journal.Writing;

/// <summary>Bounds of a writer.</summary>
public sealed record JournalWriterSettings
{
    /// <summary>File that keeps events while the store is away. Its directory must exist.</summary>
    public required string SpillPath { get; init; }

    /// <summary>Most bytes of that file; what does not fit is lost and counted.</summary>
    public long SpillBytesMax { get; init; } = 256 << 20;

    /// <summary>Name of the node where several share a store: streams that nobody owns get it behind their own; empty for a gateway alone.</summary>
    public string Node { get; init; } = string.Empty;

    /// <summary>Most events of a transaction.</summary>
    public int BatchMax { get; init; } = 32768;

    /// <summary>Most events that wait in memory; what is more is lost and counted.</summary>
    public int WaitingMax { get; init; } = 262144;

    /// <summary>Events that wait when the store is judged too slow, and the file takes over.</summary>
    public int SlowAt { get; init; } = 131072;

    /// <summary>Time before the store is tried again; doubles up to <see cref="RetryMax"/>.</summary>
    public TimeSpan RetryMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time between two tries.</summary>
    public TimeSpan RetryMax { get; init; } = TimeSpan.FromSeconds(30);
}
