namespace Natflow.Journal.Writing;

/// <summary>Something that an operator is to know. Changes of state only, so that a store that stays away is told of once.</summary>
/// <param name="IsProblem">Whether it got worse.</param>
/// <param name="Text">What.</param>
public sealed record JournalNotice(bool IsProblem, string Text);
