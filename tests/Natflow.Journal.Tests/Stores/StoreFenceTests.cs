using Natflow.Journal.Chain;

namespace Natflow.Journal.Tests.Stores;

/// <summary>Both stores refuse a deposed owner, whatever it writes and whenever it comes.</summary>
[Collection(StoreCollection.Name)]
public sealed class StoreFenceTests
{
    public static TheoryData<string> Engines => TestJournalPlace.Engines;

    [Theory, MemberData(nameof(Engines))]
    public void Fence_DeposedOwnerThatWritesFirst_IsRefusedAndNothingIsStored(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore deposed = place.Location.Open();
        using IJournalStore owner = place.Location.Open();
        HeadMove head = Append(deposed, "nat-3", 7, 1, before: null, "a");
        owner.Fence("nat-3", 9); // The new owner has written nothing yet: the head alone would let the old one through.
        StoreFencedException refused = Assert.Throws<StoreFencedException>(() => Append(deposed, "nat-3", 7, 2, head, "late"));
        Assert.Equal(("nat-3", 7L), (refused.StreamId, refused.Token));
        Assert.Equal(1, deposed.ReadMark("writer")); // Its mark neither: the batch is as if it had never been.
        Append(owner, "nat-3", 9, 3, head, "b");
        using IJournalReader reader = owner.OpenReader();
        Assert.Equal("a b", reader.Replay("nat-3", 1, 9, 9).Texts());
    }

    [Theory, MemberData(nameof(Engines))]
    public void Append_HigherToken_FencesByItself(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        HeadMove head = Append(store, "nat-3", 7, 1, before: null, "a");
        head = Append(store, "nat-3", 9, 2, head, "b");
        Assert.Throws<StoreFencedException>(() => Append(store, "nat-3", 8, 3, head, "late"));
        Assert.Throws<StoreFencedException>(() => store.Fence("nat-3", 8));
        store.Fence("nat-3", 9);
        Append(store, "nat-3", 9, 4, head, "c");
    }

    [Theory, MemberData(nameof(Engines))]
    public void Append_WithoutTokenToAnOwnedStream_IsRefused_OthersAreNot(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore store = place.Location.Open();
        store.Fence("nat-3", 7);
        Assert.Throws<StoreFencedException>(() => Append(store, "nat-3", 0, 1, before: null, "x"));
        Append(store, "nat-4", 2, 2, before: null, "a"); // Each stream has an owner of its own.
        Append(store, "users", 0, 3, before: null, "b");
    }

    [Theory, MemberData(nameof(Engines))]
    public async Task Fence_WhileTheDeposedOwnerWrites_EitherItsEventsAreSeenOrRefused(string engine)
    {
        using var place = new TestJournalPlace(engine);
        using IJournalStore deposed = place.Location.Open();
        using IJournalStore owner = place.Location.Open();
        HeadMove head = Append(deposed, "nat-3", 1, 1, before: null, "0");
        int stored = 0;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task writing = Task.Run(() =>
        {
            Assert.Throws<StoreFencedException>(() =>
            {
                for (int i = 1; i <= 5_000; i++)
                {
                    head = Append(deposed, "nat-3", 1, i + 1, head, "d");
                    stored = i;
                    if (i == 20)
                        started.SetResult();
                }
            });
        });
        await started.Task;
        owner.Fence("nat-3", 2);
        long seen = owner.ReadEnds().Single(static ends => ends.StreamId == "nat-3").HeadNr;
        await writing;
        Assert.Equal(stored + 1, seen); // Behind the fence nothing has moved the head.
    }

    private static HeadMove Append(IJournalStore store, string stream, long token, long batchNr, HeadMove? before, string text) =>
        Entries.Append(store, token, batchNr, before, Entries.Make(stream, text));
}
