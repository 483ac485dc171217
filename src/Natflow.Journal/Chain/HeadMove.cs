namespace Natflow.Journal.Chain;

/// <summary>A stream grows.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="FromNr">Number that must be its last; 0 for a new stream.</param>
/// <param name="FromLink">That number's link.</param>
/// <param name="ToNr">Number that is its last then.</param>
/// <param name="ToLink">That number's link.</param>
public sealed record HeadMove(string StreamId, long FromNr, byte[] FromLink, long ToNr, byte[] ToLink)
{
    /// <summary>Fencing token of the writer; 0 for a stream without an owner. A store that knows a higher one refuses.</summary>
    public long Token { get; init; }
}
