using Natflow.Actors;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Users;
using Natflow.Inspect.Observe;
using Natflow.Inspect.UrlLog;
using Natflow.Journal.Writing;
using Natflow.Policy.Acl;

namespace Natflow.Host.Live;

/// <summary>Brings what subscribers visit from inspection to the journal.</summary>
internal sealed class VisitJournal : ReceiveActor
{
    private const string Stream = "visits";

    private readonly IActorRef _sink;
    private readonly JournalWriter _writer;
    private readonly List<JournalFact> _facts = [];

    /// <summary>Makes the actor.</summary>
    /// <param name="sink">Where inspection ends.</param>
    /// <param name="writer">Takes the events.</param>
    internal VisitJournal(IActorRef sink, JournalWriter writer)
    {
        _sink = sink;
        _writer = writer;
        Receive<UrlVisited>(OnVisited);
        Receive<AppSeen>(static _ => { });
        Receive<Flush>(_ => OnFlush());
    }

    /// <summary>What is kept of a visit.</summary>
    internal static Journal.Events.UrlVisited FactOf(UrlVisited visited)
    {
        UrlRecord record = visited.Record;
        return new Journal.Events.UrlVisited(
            FlowJudge.AddressOf(record.Source.ToUInt128()).ToString(), SchemeOf(record.Kind), visited.Host, visited.Uri.Length == 0 ? null : visited.Uri, record.Hits, record.AclSlot == UrlVisit.NoSlot ? null : ((AclAction)record.AclAction).ToString().ToLowerInvariant());
    }

    /// <inheritdoc />
    protected override void PreStart() => _sink.Tell(new InspectionSubscribeRequest(Self), Self);

    /// <inheritdoc />
    protected override void PostStop()
    {
        OnFlush();
        base.PostStop();
    }

    // All that came meanwhile goes in one piece.
    private void OnVisited(UrlVisited visited)
    {
        if (_facts.Count == 0)
            Self.Tell(Flush.Instance);
        _facts.Add(new JournalFact(FactOf(visited), DateTime.UnixEpoch.Ticks + (visited.Record.TimestampNs / TimeSpan.NanosecondsPerTick)));
    }

    private void OnFlush()
    {
        if (_facts.Count != 0)
            _writer.Append(Stream, [.. _facts]);
        _facts.Clear();
    }

    private static string SchemeOf(ObservationKind kind) => kind switch
    {
        ObservationKind.Http => "http",
        ObservationKind.Quic => "quic",
        _ => "tls",
    };

    private sealed record Flush
    {
        internal static readonly Flush Instance = new();
    }
}
