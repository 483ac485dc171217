namespace Natflow.Gateway.Inspection;

/// <summary>What a shard's inspection counted. Written by its worker; others get a copy by message.</summary>
public record struct InspectionCounters
{
    /// <summary>Flows that are wanted now.</summary>
    public int FlowsWanted;

    /// <summary>Packets of wanted flows.</summary>
    public ulong Packets;

    /// <summary>Packets that could not be read: fragments, extension headers, cut ones.</summary>
    public ulong PacketsNotRead;

    /// <summary>Flows that were let go undecided because their packets or their time were used up.</summary>
    public ulong BudgetsSpent;

    /// <summary>Flows that were let go undecided to make room for others.</summary>
    public ulong FlowsEvicted;

    /// <summary>Findings.</summary>
    public ulong Findings;

    /// <summary>Findings for which there was no room in the burst.</summary>
    public ulong FindingsLost;

    /// <summary>Observations of the inspector.</summary>
    public ulong Observations;

    /// <summary>Observations lost because the batch was full.</summary>
    public ulong ObservationsLost;

    /// <summary>Bytes of payload that wait for others.</summary>
    public long BufferedBytes;

    /// <summary>Flows that lost their waiting bytes to others, or their place in the inspector.</summary>
    public ulong StreamsEvicted;

    /// <summary>Pieces for which there was no page, and none could be freed.</summary>
    public ulong PagesExhausted;

    /// <summary>Flows that got an application or protocol.</summary>
    public ulong Matches;

    /// <summary>Events that were queued, suppressed because they are off, and lost because the queue was full.</summary>
    public ulong EventsQueued;

    /// <summary>Events that came while nobody wanted them.</summary>
    public ulong EventsSuppressed;

    /// <summary>Events that came while the queue was full.</summary>
    public ulong EventsLost;

    /// <summary>Records of the URL log that were begun.</summary>
    public ulong Visits;

    /// <summary>Visits merged into a waiting record.</summary>
    public ulong VisitsMerged;

    /// <summary>Visits refused by the rules of the log.</summary>
    public ulong VisitsRefused;

    /// <summary>Visits for which there was no room.</summary>
    public ulong VisitsLost;

    /// <summary>Adds another shard's.</summary>
    public void Add(in InspectionCounters other)
    {
        FlowsWanted += other.FlowsWanted;
        Packets += other.Packets;
        PacketsNotRead += other.PacketsNotRead;
        BudgetsSpent += other.BudgetsSpent;
        FlowsEvicted += other.FlowsEvicted;
        Findings += other.Findings;
        FindingsLost += other.FindingsLost;
        Observations += other.Observations;
        ObservationsLost += other.ObservationsLost;
        BufferedBytes += other.BufferedBytes;
        StreamsEvicted += other.StreamsEvicted;
        PagesExhausted += other.PagesExhausted;
        Matches += other.Matches;
        EventsQueued += other.EventsQueued;
        EventsSuppressed += other.EventsSuppressed;
        EventsLost += other.EventsLost;
        Visits += other.Visits;
        VisitsMerged += other.VisitsMerged;
        VisitsRefused += other.VisitsRefused;
        VisitsLost += other.VisitsLost;
        HostsRefused += other.HostsRefused;
        HostsNotKept += other.HostsNotKept;
        NamesListed += other.NamesListed;
    }

    /// <summary>Flows that host rules refused.</summary>
    public ulong HostsRefused;

    /// <summary>Flows whose host was not kept, for want of room: only rules that were there when they asked hold for them.</summary>
    public ulong HostsNotKept;

    /// <summary>Names that a list of domains has.</summary>
    public ulong NamesListed;
}
