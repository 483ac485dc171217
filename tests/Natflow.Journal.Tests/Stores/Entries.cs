using System.Text;
using Natflow.Journal.Chain;

namespace Natflow.Journal.Tests.Stores;

/// <summary>Builds entries and chains for tests of stores.</summary>
internal static class Entries
{
    internal static readonly DateTime Epoch = new(2026, 11, 22, 10, 0, 0, DateTimeKind.Utc);

    internal static JournalEntry Make(string stream, string text, long second = 0, params long[] keys)
    {
        byte[] payload = Encoding.UTF8.GetBytes(text);
        byte[] salt = Encoding.UTF8.GetBytes("0123456789abcdef");
        return new JournalEntry
        {
            StreamId = stream,
            CreatedTicks = Epoch.AddSeconds(second).Ticks,
            Manifest = "test:1",
            Payload = payload,
            Salt = salt,
            Digest = ChainHash.OfPayload(salt, payload),
            Keys = keys,
            WriterId = "writer",
        };
    }

    /// <summary>Numbers and links entries of one stream behind a head, and stores them.</summary>
    internal static HeadMove Append(IJournalStore store, long batchNr, HeadMove? before, params JournalEntry[] entries) => Append(store, 0, batchNr, before, entries);

    /// <summary>As above, under a fencing token.</summary>
    internal static HeadMove Append(IJournalStore store, long token, long batchNr, HeadMove? before, params JournalEntry[] entries)
    {
        long number = before?.ToNr ?? 0;
        byte[] link = before?.ToLink ?? ChainHash.Zero;
        var move = new HeadMove(entries[0].StreamId, number, link, number, link) { Token = token };
        foreach (JournalEntry entry in entries)
        {
            entry.Link = ChainHash.LinkOf(link, number, entry, number + 1);
            entry.SequenceNr = ++number;
            link = entry.Link.ToArray();
        }

        move = move with { ToNr = number, ToLink = link };
        store.Append(entries, [move], new BatchMark("writer", batchNr));
        return move;
    }

    internal static string Text(JournalEntry entry) => Encoding.UTF8.GetString(entry.Payload);

    internal static string Texts(this IEnumerable<JournalEntry> entries) => string.Join(' ', entries.Select(Text));
}
