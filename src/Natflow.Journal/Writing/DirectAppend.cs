using System.Security.Cryptography;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;

namespace Natflow.Journal.Writing;

/// <summary>Puts one event on record for a program that is no gateway: at once, in a stream that programs share.</summary>
public static class DirectAppend
{
    /// <summary>Stream of what was done to the journal and asked of it.</summary>
    public const string AuditStream = "audit";

    private const int TriesMax = 5;

    /// <summary>Stores an event: it is durable on return.</summary>
    /// <param name="store">The journal.</param>
    /// <param name="catalogue">The events.</param>
    /// <param name="journalEvent">The event.</param>
    /// <param name="clock">Time.</param>
    /// <exception cref="StoreUnavailableException">The store cannot be used.</exception>
    /// <exception cref="StoreConflictException">Others appended again and again at the same time.</exception>
    public static void Run(IJournalStore store, EventCatalogue catalogue, IJournalEvent journalEvent, TimeProvider clock)
    {
        string writerId = Guid.NewGuid().ToString("N");
        for (int tries = 1; ; tries++)
        {
            try
            {
                TryOnce(store, catalogue, journalEvent, clock, writerId);
                return;
            }
            catch (StoreConflictException) when (tries < TriesMax)
            {
            }
        }
    }

    private static void TryOnce(IJournalStore store, EventCatalogue catalogue, IJournalEvent journalEvent, TimeProvider clock, string writerId)
    {
        var chain = new ChainState();
        chain.Load(store);
        (string manifest, byte[] payload) = catalogue.Encode(journalEvent);
        byte[] salt = RandomNumberGenerator.GetBytes(ChainHash.SaltBytes);
        JournalEntry[] entries =
        [
            new JournalEntry
            {
                StreamId = AuditStream,
                CreatedTicks = clock.GetUtcNow().UtcTicks,
                Manifest = manifest,
                Payload = payload,
                Salt = salt,
                Digest = ChainHash.OfPayload(salt, payload),
                Keys = EventKeys.Of(journalEvent),
            },
        ];
        store.Append(entries, chain.Link(entries, writerId), new BatchMark(writerId, 1));
    }
}
