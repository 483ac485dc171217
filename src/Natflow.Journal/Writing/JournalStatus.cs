namespace Natflow.Journal.Writing;

/// <summary>How a writer fares.</summary>
/// <param name="Store">Name of the store.</param>
/// <param name="IsSpilling">Whether the store is away and events go to the spill file.</param>
/// <param name="Stored">Events stored since the start.</param>
/// <param name="Spilled">Events that went to the spill file since the start.</param>
/// <param name="Lost">Events that found no place since the start.</param>
/// <param name="Waiting">Events in memory now.</param>
/// <param name="SpillBytes">Bytes of the spill file now.</param>
/// <param name="Problem">What is wrong with the store, or null.</param>
public sealed record JournalStatus(string Store, bool IsSpilling, long Stored, long Spilled, long Lost, int Waiting, long SpillBytes, string? Problem)
{
    /// <summary>Time since the oldest event that is not in the store was taken; zero where all are.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>The last problem there was, over or not; null for none.</summary>
    public string? LastProblem { get; init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset? LastProblemAt { get; init; }
}
