namespace Natflow.Inspect.Apps;

/// <summary>Sizes of an observer. All memory is reserved by them at start.</summary>
public sealed record AppObserverSettings
{
    /// <summary>Flows that are classified; further ones are counted.</summary>
    public int FlowCapacity { get; init; } = 1 << 21;

    /// <summary>Users whose DNS answers are kept, see <see cref="AnswerNames"/>.</summary>
    public int AnswerUsers { get; init; } = 1 << 12;

    /// <summary>Seed of keyed hashes; from the system's random source in production.</summary>
    public ulong Seed { get; init; } = 1;
}
