using Natflow.Journal.Chain;

namespace Natflow.Journal.Tests.Writing;

/// <summary>Stands between a writer and its store, and fails when told to.</summary>
internal sealed class StoreFault(JournalLocation location)
{
    /// <summary>Every call fails.</summary>
    internal volatile bool IsGone;

    /// <summary>The next append is stored, and then the connection is lost before the answer.</summary>
    internal volatile bool LosesNextAnswer;

    internal IJournalStore Open() => IsGone ? throw new StoreUnavailableException("the store is gone") : new Faulty(location.Open(), this);

    private void Check()
    {
        if (IsGone)
            throw new StoreUnavailableException("the store is gone");
    }

    private sealed class Faulty(IJournalStore store, StoreFault fault) : IJournalStore
    {
        public string Name => store.Name;

        public void Append(IReadOnlyList<JournalEntry> entries, IReadOnlyList<HeadMove> moves, BatchMark mark)
        {
            fault.Check();
            store.Append(entries, moves, mark);
            if (!fault.LosesNextAnswer)
                return;
            fault.LosesNextAnswer = false;
            fault.IsGone = true;
            throw new StoreUnavailableException("the connection was lost");
        }

        public void Fence(string streamId, long token)
        {
            fault.Check();
            store.Fence(streamId, token);
        }

        public long ReadMark(string writerId) => store.ReadMark(writerId);

        public IReadOnlyList<ChainEnds> ReadEnds() => store.ReadEnds();

        public long ReadLatestTicks() => store.ReadLatestTicks();

        public void SaveSnapshot(StoredSnapshot snapshot) => store.SaveSnapshot(snapshot);

        public void DeleteSnapshots(string streamId, long maxSequenceNr, long maxTicks) => store.DeleteSnapshots(streamId, maxSequenceNr, maxTicks);

        public void DeleteTo(string streamId, long sequenceNr) => store.DeleteTo(streamId, sequenceNr);

        public long Trim(long throughOrdering) => store.Trim(throughOrdering);

        public void Erase(IReadOnlyList<JournalEntry> entries) => store.Erase(entries);

        public void Compact() => store.Compact();

        public IJournalReader OpenReader() => store.OpenReader();

        public void Dispose() => store.Dispose();
    }
}
