using System.Text;
using Natflow.Actors;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.UrlLog;

namespace Natflow.Gateway.Inspection;

/// <summary>Where inspection ends: writes the URL log and the event log, and tells whoever has subscribed. A shard gets each batch back when it is read.</summary>
public sealed class InspectionSink : ReceiveActor
{
    private readonly AppCatalogue _catalogue;
    private readonly RecordFile? _visits;
    private readonly RecordFile? _events;
    private readonly HashSet<IActorRef> _subscribers = [];
    private ulong _visitCount;
    private ulong _eventCount;
    private string? _failure;

    /// <summary>Makes the sink.</summary>
    /// <param name="catalogue">Names applications.</param>
    /// <param name="visits">The URL log, owned by this; null writes none.</param>
    /// <param name="events">The event log, owned by this; null writes none.</param>
    public InspectionSink(AppCatalogue catalogue, RecordFile? visits, RecordFile? events)
    {
        _catalogue = catalogue;
        _visits = visits;
        _events = events;
        Receive<InspectionBatch>(OnInspectionBatch);
        Receive<InspectionSubscribeRequest>(OnSubscribeRequest);
        Receive<Terminated>(gone => _subscribers.Remove(gone.ActorRef));
        Receive<InspectionSinkReportRequest>(_ => Sender.Tell(new InspectionSinkReport(_visitCount, _eventCount, (_visits?.NotWritten ?? 0) + (_events?.NotWritten ?? 0))));
    }

    /// <inheritdoc />
    protected override void PostStop()
    {
        _visits?.Dispose();
        _events?.Dispose();
        base.PostStop();
    }

    private void OnSubscribeRequest(InspectionSubscribeRequest request)
    {
        if (_subscribers.Add(request.Subscriber))
            Context.Watch(request.Subscriber);
    }

    private void OnInspectionBatch(InspectionBatch batch)
    {
        _visits?.Check();
        _events?.Check();
        int position = 0;
        while (batch.TryRead(ref position, out UrlRecord record, out ReadOnlySpan<byte> text))
            OnVisit(in record, text);
        foreach (ref readonly AppEvent appEvent in batch.Events)
            OnEvent(in appEvent);
        _visits?.Flush();
        _events?.Flush();
        Sender.Tell(new InspectionBatchTaken(batch));
        Warn((_visits?.Failure) ?? _events?.Failure);
    }

    private void OnVisit(in UrlRecord record, ReadOnlySpan<byte> text)
    {
        _visitCount++;
        _visits?.Write(in record, text);
        if (_subscribers.Count != 0)
            TellAll(new UrlVisited(record, Encoding.Latin1.GetString(text[..record.HostBytes]), Encoding.Latin1.GetString(text[record.HostBytes..])));
    }

    private void OnEvent(in AppEvent appEvent)
    {
        _eventCount++;
        _events?.Write(in appEvent, _catalogue);
        if (_subscribers.Count != 0)
            TellAll(new AppSeen(appEvent));
    }

    private void TellAll(object message)
    {
        foreach (IActorRef subscriber in _subscribers)
            subscriber.Tell(message, Self);
    }

    // Once, until it is another reason or the file is well again.
    private void Warn(string? failure)
    {
        if (failure is not null && failure != _failure)
            Context.System.Log.Warning("records of inspection are lost: {0}", failure);
        _failure = failure;
    }
}
