using Natflow.Actors;
using Natflow.Actors.Persistence;

namespace Natflow.Testing.Actors.Persistence;

/// <summary>A snapshot store in memory.</summary>
public sealed class TestSnapshotStore : ReceiveActor
{
    private readonly TestStorage _storage;

    /// <summary>Makes one.</summary>
    public TestSnapshotStore(TestStorage storage)
    {
        _storage = storage;
        Receive<LoadSnapshot>(OnLoad);
        Receive<SaveSnapshot>(OnSave);
        Receive<DeleteSnapshots>(OnDelete);
    }

    private void OnLoad(LoadSnapshot request)
    {
        if (_storage.FailsToLoadSnapshots)
        {
            Sender.Tell(new LoadSnapshotFailed(new IOException("a corrupt page")));
            return;
        }

        Sender.Tell(new LoadSnapshotResult(_storage.Snapshots
            .Where(item => item.Metadata.PersistenceId == request.PersistenceId && item.Metadata.SequenceNr <= request.ToSequenceNr && request.Criteria.Matches(item.Metadata))
            .MaxBy(static item => item.Metadata.SequenceNr)));
    }

    private void OnSave(SaveSnapshot request)
    {
        if (_storage.FailsToSaveSnapshots)
        {
            Sender.Tell(new SaveSnapshotFailure(request.Metadata, new IOException("the disk is full")));
            return;
        }

        _storage.Snapshots.Add(new SelectedSnapshot(request.Metadata, request.Snapshot));
        Sender.Tell(new SaveSnapshotSuccess(request.Metadata));
    }

    private void OnDelete(DeleteSnapshots request)
    {
        _storage.Snapshots.RemoveAll(item => item.Metadata.PersistenceId == request.PersistenceId && request.Criteria.Matches(item.Metadata));
        Sender.Tell(new DeleteSnapshotsSuccess(request.Criteria));
    }
}
