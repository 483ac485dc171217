using Natflow.Actors;
using Natflow.Actors.Persistence;
using Natflow.Journal.Events;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Persistence;

/// <summary>The journal of persistent actors: their events go through the gateway's writer into the same store as all others (contracts J1 to J12).</summary>
/// <remarks>An event that is not in the catalogue is rejected. While the store is away, events are acknowledged from the spill file, and recoveries fail.</remarks>
public sealed class SqlJournal : ReceiveActor
{
    private readonly JournalWriter _writer;
    private readonly JournalLocation _location;
    private readonly EventCatalogue _catalogue;

    /// <summary>Makes the actor.</summary>
    /// <param name="writer">The journal's writer.</param>
    /// <param name="location">Where the journal is.</param>
    /// <param name="catalogue">Its events.</param>
    public SqlJournal(JournalWriter writer, JournalLocation location, EventCatalogue catalogue)
    {
        _writer = writer;
        _location = location;
        _catalogue = catalogue;
        Receive<WriteMessages>(OnWrite);
        Receive<ReplayMessages>(OnReplay);
        Receive<DeleteMessagesTo>(OnDelete);
    }

    private void OnWrite(WriteMessages request)
    {
        var facts = new List<JournalFact>();
        var rejections = new Dictionary<AtomicWrite, NotSupportedException>();
        string streamId = string.Empty;
        foreach (AtomicWrite write in request.Messages.OfType<AtomicWrite>())
        {
            streamId = write.Payload[0].PersistenceId;
            if (Reject(write) is { } rejection)
                rejections.Add(write, rejection);
            else
                facts.AddRange(write.Payload.Select(static item => new JournalFact((IJournalEvent)item.Payload, 0, item.SequenceNr)));
        }

        if (facts.Count == 0)
            Answer(request, rejections, failure: null);
        else if (!_writer.Append(streamId, facts, failure => Answer(request, rejections, failure)))
            Answer(request, rejections, new SpillFullException("the journal's memory is full"));
    }

    private NotSupportedException? Reject(AtomicWrite write)
    {
        try
        {
            foreach (Persistent item in write.Payload)
                _catalogue.Encode(item.Payload);
            return null;
        }
        catch (NotSupportedException unknown)
        {
            return unknown;
        }
    }

    // Also on the writer's thread: nothing here touches the actor's state.
    private static void Answer(WriteMessages request, Dictionary<AtomicWrite, NotSupportedException> rejections, Exception? failure)
    {
        IActorRef actor = request.PersistentActor;
        int id = request.ActorInstanceId;
        actor.Tell(failure is null ? new WriteMessagesSuccessful(id) : new WriteMessagesFailed(failure, id), ActorRefs.NoSender);
        foreach (object message in request.Messages)
        {
            if (message is NonPersistentMessage deferred)
            {
                actor.Tell(new LoopMessageSuccess(deferred.Payload, id), deferred.Sender);
                continue;
            }

            var write = (AtomicWrite)message;
            rejections.TryGetValue(write, out NotSupportedException? rejection);
            foreach (Persistent item in write.Payload)
                actor.Tell(AnswerFor(item, id, rejection, failure), item.Sender);
        }
    }

    private static IJournalAnswer AnswerFor(Persistent item, int id, NotSupportedException? rejection, Exception? failure) =>
        rejection is not null ? new WriteMessageRejected(item, rejection, id)
        : failure is not null ? new WriteMessageFailure(item, failure, id)
        : new WriteMessageSuccess(item, id);

    // Behind the writes that are under way (contract J10).
    private void OnReplay(ReplayMessages request) => _ = Replay(request);

    private async Task Replay(ReplayMessages request)
    {
        IActorRef actor = request.PersistentActor;
        try
        {
            await _writer.Flush().ConfigureAwait(false);
            if (_writer.Status is { IsSpilling: true, Problem: { } problem })
                throw new StoreUnavailableException(problem);
            await Task.Run(() => Read(request)).ConfigureAwait(false);
        }
        catch (StoreUnavailableException failure)
        {
            actor.Tell(new ReplayMessagesFailure(failure), ActorRefs.NoSender);
        }
    }

    private void Read(ReplayMessages request)
    {
        using IJournalReader reader = _location.OpenReader();
        foreach (JournalEntry entry in reader.Replay(request.PersistenceId, request.FromSequenceNr, request.ToSequenceNr, request.Max))
        {
            var time = new DateTimeOffset(entry.CreatedTicks, TimeSpan.Zero);
            request.PersistentActor.Tell(new ReplayedMessage(new Persistent(_catalogue.Decode(entry), entry.SequenceNr, entry.StreamId, Sender: null, time)), ActorRefs.NoSender);
        }

        request.PersistentActor.Tell(new RecoverySuccess(reader.ReadHighest(request.PersistenceId)), ActorRefs.NoSender);
    }

    private void OnDelete(DeleteMessagesTo request) => _ = Delete(request);

    private async Task Delete(DeleteMessagesTo request)
    {
        try
        {
            await _writer.Use(store => store.DeleteTo(request.PersistenceId, request.ToSequenceNr)).ConfigureAwait(false);
            request.PersistentActor.Tell(new DeleteMessagesSuccess(request.ToSequenceNr), ActorRefs.NoSender);
        }
        catch (StoreUnavailableException failure)
        {
            request.PersistentActor.Tell(new DeleteMessagesFailure(failure, request.ToSequenceNr), ActorRefs.NoSender);
        }
    }
}
