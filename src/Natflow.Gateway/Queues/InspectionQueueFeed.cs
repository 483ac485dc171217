using System.Text;
using Natflow.Actors;
using Natflow.Gateway.Inspection;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.UrlLog;

namespace Natflow.Gateway.Queues;

/// <summary>Brings what inspection finds to the readers of the event queues.</summary>
public sealed class InspectionQueueFeed : ReceiveActor
{
    private readonly EventQueues _queues;
    private readonly IActorRef _sink;
    private readonly long _bootNs;

    /// <summary>Makes the feed.</summary>
    /// <param name="queues">Where records go.</param>
    /// <param name="sink">Where inspection ends.</param>
    /// <param name="catalogue">Names applications.</param>
    /// <param name="bootNs">When the machine started, nanoseconds since 1970: records count from there.</param>
    public InspectionQueueFeed(EventQueues queues, IActorRef sink, AppCatalogue catalogue, long bootNs)
    {
        _queues = queues;
        _sink = sink;
        _bootNs = bootNs;
        Receive<UrlVisited>(OnUrlVisited);
        Receive<AppSeen>(seen => OnAppSeen(seen.Event, catalogue.Revision));
    }

    /// <inheritdoc />
    protected override void PreStart() => _sink.Tell(new InspectionSubscribeRequest(Self), Self);

    // The original knows no inferred names: these are left out of it.
    private void OnUrlVisited(UrlVisited visited)
    {
        if (visited.Record.IsInferred)
            return;
        byte[] record = [];
        if (_queues.UrlLogger.IsWanted)
        {
            byte[] text = Encoding.Latin1.GetBytes(visited.Host + visited.Uri);
            record = new byte[UrlRecordV2.RecordBytesMax];
            UrlRecord merged = visited.Record;
            Array.Resize(ref record, UrlRecordV2.Write(in merged, text, _bootNs, record));
        }

        _queues.UrlLogger.Add(record);
    }

    private void OnAppSeen(AppEvent seen, uint revision)
    {
        byte[] record = [];
        if (_queues.Dpi.IsWanted)
        {
            record = new byte[AppEventV3.RecordBytes];
            AppEventV3.Write(in seen, revision, _bootNs, record);
        }

        _queues.Dpi.Add(record, (byte)seen.Source);
    }
}
