namespace Natflow.Management.Control;

/// <summary>The journal of a gateway.</summary>
/// <param name="Store">Where it is.</param>
/// <param name="IsSpilling">Whether the store is away and events go to the spill file.</param>
/// <param name="Stored">Events that the store took since the start.</param>
/// <param name="Spilled">Events that went to the spill file since the start.</param>
/// <param name="Lost">Events that found no place since the start.</param>
/// <param name="Waiting">Events in memory now.</param>
/// <param name="LagMs">Time since the oldest event that is not in the store was taken.</param>
/// <param name="SpillBytes">Bytes of the spill file now.</param>
/// <param name="Problem">What is wrong with the store, or null.</param>
/// <param name="LastProblem">The last problem there was, over or not, or null.</param>
/// <param name="LastProblemAt">When it began.</param>
public sealed record JournalModel(
    string Store,
    bool IsSpilling,
    long Stored,
    long Spilled,
    long Lost,
    int Waiting,
    long LagMs,
    long SpillBytes,
    string? Problem,
    string? LastProblem,
    DateTimeOffset? LastProblemAt);
