using System.Text;
using Natflow.Actors;
using Natflow.Gateway.Inspection;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.UrlLog;
using Natflow.Management.Api.Live;

namespace Natflow.Host.Live;

/// <summary>Brings what inspection finds to the API's streams.</summary>
internal sealed class VisitFeed : ReceiveActor
{
    private readonly IActorRef _sink;

    /// <summary>Makes the feed.</summary>
    /// <param name="sink">Where inspection ends.</param>
    /// <param name="catalogue">Names applications.</param>
    /// <param name="visits">Gets visits.</param>
    /// <param name="apps">Gets applications.</param>
    internal VisitFeed(IActorRef sink, AppCatalogue catalogue, EventRing visits, EventRing apps)
    {
        _sink = sink;
        Receive<UrlVisited>(visited => visits.Add(JsonOf(visited)));
        Receive<AppSeen>(seen => apps.Add(JsonOf(seen.Event, catalogue)));
    }

    /// <inheritdoc />
    protected override void PreStart() => _sink.Tell(new InspectionSubscribeRequest(Self), Self);

    private static byte[] JsonOf(UrlVisited visited)
    {
        UrlRecord record = visited.Record;
        return Encoding.UTF8.GetBytes(UrlText.ToJson(in record, Encoding.Latin1.GetBytes(visited.Host + visited.Uri)));
    }

    private static byte[] JsonOf(AppEvent seen, AppCatalogue catalogue) => Encoding.UTF8.GetBytes(AppEventText.ToJson(in seen, catalogue));
}
