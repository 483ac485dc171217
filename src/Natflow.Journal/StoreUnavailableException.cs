namespace Natflow.Journal;

/// <summary>The store cannot be used now: gone, locked, full or damaged. What was being written may or may not be stored.</summary>
/// <param name="message">What happened and what an operator can do.</param>
/// <param name="innerException">The driver's words.</param>
public sealed class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
