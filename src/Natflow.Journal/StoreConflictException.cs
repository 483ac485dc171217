namespace Natflow.Journal;

/// <summary>Another writer has appended to a stream (contract J6): nothing of the batch is stored, and it must not be tried with other numbers.</summary>
/// <param name="streamId">The stream.</param>
/// <param name="innerException">The driver's words.</param>
public class StoreConflictException(string streamId, Exception? innerException = null)
    : Exception($"stream '{streamId}' has another writer: are two gateways running on one journal?", innerException)
{
    /// <summary>The stream.</summary>
    public string StreamId { get; } = streamId;
}
