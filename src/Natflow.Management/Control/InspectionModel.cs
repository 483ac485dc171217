using Natflow.Gateway.Inspection;

namespace Natflow.Management.Control;

/// <summary>What inspection counted, all shards together.</summary>
/// <param name="FlowsWanted">Flows that are looked at now.</param>
/// <param name="Packets">Packets that were looked at.</param>
/// <param name="PacketsNotRead">Packets that could not be read: fragments, extension headers, cut ones.</param>
/// <param name="BudgetsSpent">Flows that were let go undecided because their packets or their time were used up.</param>
/// <param name="FlowsEvicted">Flows that were let go undecided to make room for others.</param>
/// <param name="Observations">Requests, hellos, questions and answers.</param>
/// <param name="ObservationsLost">Those for which there was no room.</param>
/// <param name="BufferedBytes">Payload that waits for others.</param>
/// <param name="StreamsEvicted">Flows that lost waiting payload to others.</param>
/// <param name="PagesExhausted">Pieces for which there was no page.</param>
/// <param name="Matches">Flows that were recognised.</param>
/// <param name="EventsQueued">Events of those.</param>
/// <param name="EventsSuppressed">Events that nobody wanted.</param>
/// <param name="EventsLost">Events for which there was no room.</param>
/// <param name="Visits">Records of the URL log.</param>
/// <param name="VisitsMerged">Visits merged into a waiting record.</param>
/// <param name="VisitsRefused">Visits refused by the rules of the log.</param>
/// <param name="VisitsLost">Visits for which there was no room.</param>
/// <param name="HostsRefused">Flows that host rules refused.</param>
/// <param name="HostsNotKept">Flows whose host was not kept, for want of room: only rules that were there when they asked hold for them.</param>
/// <param name="NamesListed">Names that a list of domains has.</param>
/// <param name="Lists">The lists of domains in force, in the order of their numbers.</param>
/// <param name="Apps">Lines of the original's counters of classification, by their keys.</param>
public sealed record InspectionModel(
    int FlowsWanted,
    ulong Packets,
    ulong PacketsNotRead,
    ulong BudgetsSpent,
    ulong FlowsEvicted,
    ulong Observations,
    ulong ObservationsLost,
    long BufferedBytes,
    ulong StreamsEvicted,
    ulong PagesExhausted,
    ulong Matches,
    ulong EventsQueued,
    ulong EventsSuppressed,
    ulong EventsLost,
    ulong Visits,
    ulong VisitsMerged,
    ulong VisitsRefused,
    ulong VisitsLost,
    ulong HostsRefused,
    ulong HostsNotKept,
    ulong NamesListed,
    IReadOnlyList<DomainListModel> Lists,
    IReadOnlyDictionary<string, ulong> Apps)
{
    internal static InspectionModel Of(IReadOnlyList<InspectionReport> shards, IReadOnlyList<DomainListModel> lists)
    {
        var counters = default(InspectionCounters);
        var apps = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (InspectionReport shard in shards)
        {
            counters.Add(shard.Counters);
            foreach ((string key, ulong value) in shard.Apps)
                apps[key] = key.StartsWith("catalog_", StringComparison.Ordinal) ? value : apps.GetValueOrDefault(key) + value;
        }

        return new InspectionModel(
            counters.FlowsWanted, counters.Packets, counters.PacketsNotRead, counters.BudgetsSpent, counters.FlowsEvicted, counters.Observations,
            counters.ObservationsLost, counters.BufferedBytes, counters.StreamsEvicted, counters.PagesExhausted, counters.Matches, counters.EventsQueued,
            counters.EventsSuppressed, counters.EventsLost, counters.Visits, counters.VisitsMerged, counters.VisitsRefused, counters.VisitsLost,
            counters.HostsRefused, counters.HostsNotKept, counters.NamesListed, lists, apps);
    }
}
