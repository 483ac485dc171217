namespace Natflow.Journal.Writing;

/// <summary>An event found no place: the store is away and the spill file is full, or memory is.</summary>
/// <param name="message">Where.</param>
public sealed class SpillFullException(string message) : Exception(message);
