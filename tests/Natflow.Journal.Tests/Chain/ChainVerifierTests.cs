using Microsoft.Data.Sqlite;
using Natflow.Journal.Chain;
using Natflow.Journal.Tests.Stores;
using Natflow.Testing;

namespace Natflow.Journal.Tests.Chain;

public sealed class ChainVerifierTests
{
    private const int Count = 20;

    [Theory]
    [InlineData("UPDATE journal SET message = X'00' WHERE persistence_id = 's' AND sequence_number = 7", "s: event 7 was changed")]
    [InlineData("UPDATE journal SET created = created + 1 WHERE persistence_id = 's' AND sequence_number = 7", "s: event 7 was changed")]
    [InlineData("UPDATE journal SET manifest = 'other:1' WHERE persistence_id = 's' AND sequence_number = 1", "s: event 1 was changed")]
    [InlineData("UPDATE journal SET manifest = substr(manifest, 2) || 'x' WHERE persistence_id = 's' AND sequence_number = 7", "s: event 7 was changed")]
    [InlineData("UPDATE journal SET chain = zeroblob(48) WHERE persistence_id = 's' AND sequence_number = 7", "s: event 7 was changed;s: event 8 was changed")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 's' AND sequence_number = 7", "s: event 7 was removed")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 's' AND sequence_number BETWEEN 7 AND 9", "s: events 7 to 9 were removed")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 's' AND sequence_number = 1", "s: event 1 was removed")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 's' AND sequence_number > 18", "s: events 19 to 20 were removed")]
    [InlineData("DELETE FROM journal WHERE persistence_id = 's' AND sequence_number = 7; UPDATE journal SET sequence_number = sequence_number - 1 WHERE persistence_id = 's' AND sequence_number > 7", "s: event 7 was removed")]
    [InlineData("UPDATE journal SET sequence_number = 99 WHERE persistence_id = 's' AND sequence_number = 7; UPDATE journal SET sequence_number = 7 WHERE persistence_id = 's' AND sequence_number = 8; UPDATE journal SET sequence_number = 8 WHERE persistence_id = 's' AND sequence_number = 99", "s: event 7 was reordered: it stands at 8;s: event 8 was reordered: it stands at 7")]
    [InlineData("UPDATE journal SET sequence_number = 99 WHERE persistence_id = 's' AND sequence_number = 5; UPDATE journal SET sequence_number = 5 WHERE persistence_id = 's' AND sequence_number = 11; UPDATE journal SET sequence_number = 11 WHERE persistence_id = 's' AND sequence_number = 99", "s: event 5 was reordered: it stands at 11;s: event 11 was reordered: it stands at 5")]
    [InlineData("UPDATE journal SET sequence_number = -sequence_number WHERE persistence_id = 's' AND sequence_number > 6; UPDATE journal SET sequence_number = 1 - sequence_number WHERE persistence_id = 's' AND sequence_number < 0; INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest, chain) SELECT created, 0, 's', 7, X'7b7d', 'test:1', zeroblob(48) FROM journal WHERE persistence_id = 's' AND sequence_number = 6", "s: event 7 was inserted")]
    [InlineData("INSERT INTO journal (created, deleted, persistence_id, sequence_number, message, manifest, chain) VALUES (0, 0, 's', 21, X'7b7d', 'test:1', zeroblob(48))", "s: event 21 was inserted")]
    [InlineData("UPDATE journal SET deleted = 1 WHERE persistence_id = 's' AND sequence_number = 7", "s: event 7 was changed")]
    [InlineData("UPDATE journal SET deleted = 1 WHERE persistence_id = 's' AND sequence_number = 20", "s: event 20 was changed")]
    [InlineData("SELECT 1", "")]
    public void VerifyAll_Tampered_NamesTheEvent(string tampering, string expected)
    {
        using var place = new TestJournalPlace("sqlite");
        Fill(place);
        using (var connection = new SqliteConnection($"Data Source={place.Location.Value};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = tampering;
            command.ExecuteNonQuery();
        }

        Assert.Equal(expected, string.Join(';', Verify(place)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void VerifyAll_AnyByteOfAnyRowChanged_IsFound(int seed)
    {
        var prng = new Prng(seed);
        for (int round = 0; round < 10; round++)
        {
            using var place = new TestJournalPlace("sqlite");
            Fill(place);
            int number = 1 + prng.Next(Count);
            using (var connection = new SqliteConnection($"Data Source={place.Location.Value};Pooling=False"))
            {
                connection.Open();
                using SqliteCommand command = connection.CreateCommand();
                command.CommandText = "UPDATE journal SET message = @bytes WHERE persistence_id = 's' AND sequence_number = @number";
                byte[] bytes = new byte[1 + prng.Next(40)];
                prng.NextBytes(bytes);
                command.Parameters.AddWithValue("@bytes", bytes);
                command.Parameters.AddWithValue("@number", number);
                command.ExecuteNonQuery();
            }

            Assert.Equal($"s: event {number} was changed", string.Join(';', Verify(place)));
        }
    }

    [Fact]
    public void VerifyAll_NumbersLeftOutByARejectedWrite_AreNoFinding()
    {
        using var place = new TestJournalPlace("sqlite");
        using IJournalStore store = place.Location.Open();
        HeadMove head = Entries.Append(store, 1, before: null, Entries.Make("s", "a"));
        JournalEntry entry = Entries.Make("s", "b");
        entry.Link = ChainHash.LinkOf(head.ToLink, 1, entry, 5);
        entry.SequenceNr = 5;
        store.Append([entry], [new HeadMove("s", 1, head.ToLink, 5, entry.Link.ToArray())], new BatchMark("writer", 2));
        Assert.Empty(Verify(place));
    }

    private static void Fill(TestJournalPlace place)
    {
        using IJournalStore store = place.Location.Open();
        Entries.Append(store, 1, before: null, [.. Enumerable.Range(1, Count).Select(static i => Entries.Make("s", $"{{\"n\":{i}}}", i))]);
        HeadMove other = Entries.Append(store, 2, before: null, Entries.Make("t", "{}", 30));
        Entries.Append(store, 3, other, Entries.Make("t", "{}", 31));
        store.Erase([]);
    }

    private static string[] Verify(TestJournalPlace place)
    {
        using IJournalReader reader = place.Location.OpenReader(computesDigests: true);
        return [.. ChainVerifier.VerifyAll(reader).Findings.Select(static finding => finding.ToString())];
    }
}
