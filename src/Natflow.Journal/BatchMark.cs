namespace Natflow.Journal;

/// <summary>Names a batch, so that a writer that lost its store in the middle can ask later whether it was stored.</summary>
/// <param name="WriterId">Journal instance, 32 hex digits.</param>
/// <param name="BatchNr">Counts up from 1.</param>
public readonly record struct BatchMark(string WriterId, long BatchNr);
