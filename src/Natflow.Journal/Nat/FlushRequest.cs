namespace Natflow.Journal.Nat;

/// <summary>Wishes that a <see cref="NatJournalActor"/> takes what waits in the rings. Answered by itself.</summary>
public sealed record FlushRequest
{
    /// <summary>The only one.</summary>
    public static readonly FlushRequest Instance = new();
}
