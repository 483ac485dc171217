using System.Security.Cryptography;
using System.Text;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;

namespace Natflow.Journal.Audit;

/// <summary>
/// Erases a person's events (Regulation (EU) 2016/679, article 17): payloads and salts go, digests and links stay. The chain still verifies, and without
/// the salt a digest tells nothing about what it was made of.
/// </summary>
public static class SubjectErasure
{
    private const int BatchMax = 1000;
    private const string OperatorActs = "operator-acted";

    /// <summary>Erases.</summary>
    /// <param name="store">The journal.</param>
    /// <param name="reader">A reader of it that computes digests.</param>
    /// <param name="catalogue">Its events.</param>
    /// <param name="address">The subscriber's address, as text.</param>
    /// <returns>What was done, to be put on record.</returns>
    /// <exception cref="StoreUnavailableException">The store cannot be used; what was erased until then stays so.</exception>
    public static SubjectErased Run(IJournalStore store, IJournalReader reader, EventCatalogue catalogue, string address)
    {
        JournalEntry[] entries = [.. reader
            .FindKeys([EventKeys.OfSubject(address)], 0, long.MaxValue, isNewestFirst: false)
            .Where(entry => catalogue.Decode(entry).IsAbout(address)),
            .. Named(reader, catalogue, address)];
        foreach (JournalEntry[] batch in entries.Chunk(BatchMax))
            store.Erase(batch);
        RewriteSnapshots(store, reader, address);
        store.Compact();
        byte[] digest = ChainHash.OfPayload(RandomNumberGenerator.GetBytes(ChainHash.SaltBytes), Encoding.UTF8.GetBytes(address));
        return new SubjectErased(Convert.ToHexStringLower(digest), entries.Length);
    }

    // What operators did and asked names people in words: such events have no key. That somebody did something then stays on record.
    private static IEnumerable<JournalEntry> Named(IJournalReader reader, EventCatalogue catalogue, string address)
    {
        string[] others = [.. catalogue.Manifests.Select(static manifest => manifest.Split(':')[0]).Where(static name => name != OperatorActs)];
        return reader.ReadAll(0, reader.ReadHighestOrdering(), others).Where(entry => catalogue.Decode(entry) is OperatorActed act && (Names(act.Command, address) || Names(act.Outcome, address)));
    }

    // As it is written, or as a resource's name has it.
    private static bool Names(string text, string address) => NamesWhole(text, address) || (address.Contains(':', StringComparison.Ordinal) && NamesWhole(text, Uri.EscapeDataString(address)));

    private static bool NamesWhole(string text, string address)
    {
        char separator = address.Contains(':', StringComparison.Ordinal) ? ':' : '.';
        for (int at = text.IndexOf(address, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(address, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            ReadOnlySpan<char> behind = text.AsSpan(at + address.Length);
            bool begins = at == 0 || (!char.IsAsciiLetterOrDigit(text[at - 1]) && text[at - 1] != separator);
            bool ends = behind.IsEmpty || (!char.IsAsciiLetterOrDigit(behind[0]) && (behind[0] != separator || behind.Length == 1 || !char.IsAsciiLetterOrDigit(behind[1])));
            if (begins && ends)
                return true;
        }

        return false;
    }

    private static void RewriteSnapshots(IJournalStore store, IJournalReader reader, string address)
    {
        long number = long.MaxValue;
        while (reader.LoadSnapshot(GatewayState.StreamId, number, long.MaxValue) is { } snapshot)
        {
            GatewayState state = GatewayState.Read(snapshot);
            if (state.Forget(address))
                store.SaveSnapshot(state.Write());
            number = snapshot.SequenceNr - 1;
        }
    }
}
