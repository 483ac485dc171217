namespace Natflow.Journal.Events;

/// <summary>The numbers under which events are found: FNV-1a of what they are about. Never changed: they stand in the store. Two facts may share one, so who asks compares.</summary>
public static class EventKeys
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    /// <summary>Of a subscriber.</summary>
    /// <param name="address">As text.</param>
    public static long OfSubject(string address) => Of('u', address, 0);

    /// <summary>Of a port block.</summary>
    /// <param name="publicAddress">As text.</param>
    /// <param name="firstPort">Its first port.</param>
    public static long OfBlock(string publicAddress, int firstPort) => Of('b', publicAddress, firstPort);

    /// <summary>Of an event: its subject's and its block's, or those of both its subjects.</summary>
    public static IReadOnlyList<long> Of(IJournalEvent journalEvent) => (journalEvent.Subject, journalEvent.OtherSubject is { } other ? OfSubject(other) : journalEvent.BlockKey) switch
    {
        (null, 0) => Array.Empty<long>(),
        (null, var block) => new[] { block },
        ({ } subject, 0) => new[] { OfSubject(subject) },
        ({ } subject, var block) => new[] { OfSubject(subject), block },
    };

    private static long Of(char kind, string text, int number)
    {
        ulong hash = (Offset ^ kind) * Prime;
        foreach (char unit in text)
            hash = (hash ^ unit) * Prime;
        hash = (hash ^ (uint)number) * Prime;
        return (long)(hash ^ (hash >> 29));
    }
}
