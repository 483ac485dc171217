using Natflow.Actors;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Domains;
using Natflow.Inspect.UrlLog;

namespace Natflow.Gateway.Inspection;

/// <summary>Switches a shard's inspection. Answered by itself when it is in force.</summary>
/// <param name="Switch">What is to be on.</param>
public sealed record InspectionSwitchRequest(InspectionSwitch Switch);

/// <summary>Gives a shard other lists of domains. Answered by itself when they are in force and the earlier ones are read no more.</summary>
/// <param name="Lists">Lives until others are in force; null for none.</param>
public sealed record DomainListsRequest(DomainTable? Lists);

/// <summary>Asks a flow actor for its <see cref="InspectionReport"/>.</summary>
public sealed record InspectionReportRequest
{
    /// <summary>The only one.</summary>
    public static readonly InspectionReportRequest Instance = new();
}

/// <summary>What a shard's inspection counted.</summary>
/// <param name="Counters">All zero where there is no inspection.</param>
/// <param name="Apps">Key and value of each line of the original's counters; empty where there is no inspection.</param>
public sealed record InspectionReport(InspectionCounters Counters, IReadOnlyList<KeyValuePair<string, ulong>> Apps);

/// <summary>Sets the counters of classification to zero and forgets the events that wait. No answer.</summary>
public sealed record AppCountersClearRequest
{
    /// <summary>The only one.</summary>
    public static readonly AppCountersClearRequest Instance = new();
}

/// <summary>Gives a batch back to the shard that filled it.</summary>
/// <param name="Batch">Read; the sender looks at it no more.</param>
public sealed record InspectionBatchTaken(InspectionBatch Batch);

/// <summary>Wishes to be told of visits and applications from now on. No answer; a subscriber that ends is forgotten.</summary>
/// <param name="Subscriber">Gets <see cref="UrlVisited"/> and <see cref="AppSeen"/>.</param>
public sealed record InspectionSubscribeRequest(IActorRef Subscriber);

/// <summary>A subscriber visited something: the merged record of a window.</summary>
/// <param name="Record">The record; its clock counts nanoseconds since 1970.</param>
/// <param name="Host">The host, normalised.</param>
/// <param name="Uri">What was asked for; empty but for HTTP.</param>
public sealed record UrlVisited(UrlRecord Record, string Host, string Uri);

/// <summary>A flow was recognised.</summary>
/// <param name="Event">Which, and as what.</param>
public sealed record AppSeen(AppEvent Event);

/// <summary>Asks the sink for its <see cref="InspectionSinkReport"/>.</summary>
public sealed record InspectionSinkReportRequest
{
    /// <summary>The only one.</summary>
    public static readonly InspectionSinkReportRequest Instance = new();
}

/// <summary>What the sink wrote.</summary>
/// <param name="Visits">Records that came.</param>
/// <param name="Events">Events that came.</param>
/// <param name="NotWritten">Records and events that a file did not take.</param>
public sealed record InspectionSinkReport(ulong Visits, ulong Events, ulong NotWritten);
