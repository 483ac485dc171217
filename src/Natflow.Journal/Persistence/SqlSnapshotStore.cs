using Natflow.Actors;
using Natflow.Actors.Persistence;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Persistence;

/// <summary>The snapshot store of persistent actors: table <c>snapshot</c> of the gateway's journal (contracts S1 to S5).</summary>
public sealed class SqlSnapshotStore : ReceiveActor
{
    private readonly JournalWriter _writer;
    private readonly JournalLocation _location;
    private readonly ISnapshotCodec _codec;

    /// <summary>Makes the actor.</summary>
    /// <param name="writer">The journal's writer.</param>
    /// <param name="location">Where the journal is.</param>
    /// <param name="codec">Form of the states.</param>
    public SqlSnapshotStore(JournalWriter writer, JournalLocation location, ISnapshotCodec codec)
    {
        _writer = writer;
        _location = location;
        _codec = codec;
        Receive<LoadSnapshot>(request => _ = Load(request, Sender));
        Receive<SaveSnapshot>(request => _ = Save(request, Sender));
        Receive<DeleteSnapshots>(request => _ = Delete(request, Sender));
    }

    private async Task Load(LoadSnapshot request, IActorRef asker)
    {
        try
        {
            await _writer.Flush().ConfigureAwait(false);
            asker.Tell(new LoadSnapshotResult(await Task.Run(() => Read(request)).ConfigureAwait(false)), ActorRefs.NoSender);
        }
        catch (StoreUnavailableException failure)
        {
            asker.Tell(new LoadSnapshotFailed(failure), ActorRefs.NoSender);
        }
    }

    private SelectedSnapshot? Read(LoadSnapshot request)
    {
        long maxNumber = Math.Min(request.Criteria.MaxSequenceNr, request.ToSequenceNr);
        if (maxNumber <= 0)
            return null;
        using IJournalReader reader = _location.OpenReader();
        StoredSnapshot? found = reader.LoadSnapshot(request.PersistenceId, maxNumber, request.Criteria.MaxTimestamp.UtcTicks);
        return found is null
            ? null
            : new SelectedSnapshot(
                new SnapshotMetadata(found.StreamId, found.SequenceNr, new DateTimeOffset(found.CreatedTicks, TimeSpan.Zero)), _codec.Decode(found.Manifest, found.Content));
    }

    private async Task Save(SaveSnapshot request, IActorRef asker)
    {
        try
        {
            (string manifest, byte[] content) = _codec.Encode(request.Snapshot);
            SnapshotMetadata about = request.Metadata;
            await _writer.Use(store => store.SaveSnapshot(new StoredSnapshot(about.PersistenceId, about.SequenceNr, about.Timestamp.UtcTicks, manifest, content))).ConfigureAwait(false);
            asker.Tell(new SaveSnapshotSuccess(about), ActorRefs.NoSender);
        }
        catch (Exception failure) when (failure is StoreUnavailableException or NotSupportedException)
        {
            asker.Tell(new SaveSnapshotFailure(request.Metadata, failure), ActorRefs.NoSender);
        }
    }

    private async Task Delete(DeleteSnapshots request, IActorRef asker)
    {
        try
        {
            await _writer.Use(store => store.DeleteSnapshots(request.PersistenceId, request.Criteria.MaxSequenceNr, request.Criteria.MaxTimestamp.UtcTicks)).ConfigureAwait(false);
            asker.Tell(new DeleteSnapshotsSuccess(request.Criteria), ActorRefs.NoSender);
        }
        catch (StoreUnavailableException failure)
        {
            asker.Tell(new DeleteSnapshotsFailure(request.Criteria, failure), ActorRefs.NoSender);
        }
    }
}
