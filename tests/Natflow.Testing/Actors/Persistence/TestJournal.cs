using Natflow.Actors;
using Natflow.Actors.Persistence;

namespace Natflow.Testing.Actors.Persistence;

/// <summary>A journal in memory.</summary>
public sealed class TestJournal : ReceiveActor
{
    private readonly TestStorage _storage;

    /// <summary>Makes one.</summary>
    public TestJournal(TestStorage storage)
    {
        _storage = storage;
        Receive<WriteMessages>(OnWrite);
        Receive<Release>(_ => OnRelease());
        Receive<ReplayMessages>(OnReplay, _ => !storage.IsSilentInReplay);
        Receive<ReplayMessages>(_ => { });
        Receive<DeleteMessagesTo>(OnDelete);
    }

    private void OnWrite(WriteMessages request)
    {
        _storage.Requests.Add(request);
        if (_storage.IsHoldingWrites)
            _storage.Held.Enqueue(request);
        else
            Write(request);
    }

    private void OnRelease()
    {
        while (_storage.Held.TryDequeue(out WriteMessages? request))
            Write(request);
    }

    private void Write(WriteMessages request)
    {
        IEnumerable<Persistent> events = request.Messages.OfType<AtomicWrite>().SelectMany(static write => write.Payload);
        if (events.FirstOrDefault(item => _storage.Fails(item.Payload)) is { } bad)
        {
            Fail(request, new IOException($"the disk does not like {bad.Payload}"));
            return;
        }

        request.PersistentActor.Tell(new WriteMessagesSuccessful(request.ActorInstanceId));
        foreach (object message in request.Messages)
        {
            if (message is NonPersistentMessage deferred)
                request.PersistentActor.Tell(new LoopMessageSuccess(deferred.Payload, request.ActorInstanceId), deferred.Sender);
            else
                Write((AtomicWrite)message, request);
        }
    }

    private void Write(AtomicWrite write, WriteMessages request)
    {
        bool isRejected = write.Payload.Any(item => _storage.Rejects(item.Payload));
        foreach (Persistent item in write.Payload)
        {
            if (isRejected)
            {
                request.PersistentActor.Tell(new WriteMessageRejected(item, new NotSupportedException("no such type"), request.ActorInstanceId), item.Sender);
                continue;
            }

            _storage.Events.Add(item);
            _storage.Highest[item.PersistenceId] = item.SequenceNr;
            request.PersistentActor.Tell(new WriteMessageSuccess(item, request.ActorInstanceId), item.Sender);
        }
    }

    private static void Fail(WriteMessages request, IOException cause)
    {
        request.PersistentActor.Tell(new WriteMessagesFailed(cause, request.ActorInstanceId));
        foreach (Persistent item in request.Messages.OfType<AtomicWrite>().SelectMany(static write => write.Payload))
            request.PersistentActor.Tell(new WriteMessageFailure(item, cause, request.ActorInstanceId), item.Sender);
    }

    private void OnReplay(ReplayMessages request)
    {
        IEnumerable<Persistent> found = _storage.Events
            .Where(item => item.PersistenceId == request.PersistenceId && item.SequenceNr >= request.FromSequenceNr && item.SequenceNr <= request.ToSequenceNr)
            .Take((int)Math.Min(request.Max, int.MaxValue));
        foreach (Persistent item in found)
            request.PersistentActor.Tell(new ReplayedMessage(item with { Sender = null }), ActorRefs.NoSender);
        request.PersistentActor.Tell(new RecoverySuccess(_storage.Highest.GetValueOrDefault(request.PersistenceId)), ActorRefs.NoSender);
    }

    private void OnDelete(DeleteMessagesTo request)
    {
        _storage.Events.RemoveAll(item => item.PersistenceId == request.PersistenceId && item.SequenceNr <= request.ToSequenceNr);
        request.PersistentActor.Tell(new DeleteMessagesSuccess(request.ToSequenceNr));
    }

    /// <summary>Handles what was held back.</summary>
    public sealed record Release;
}
