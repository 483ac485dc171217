namespace Natflow.Inspect.Apps;

/// <summary>What a classifier did. One owner thread writes.</summary>
public sealed class AppCounters
{
    private readonly ulong[] _matchesBySource;
    private readonly ulong[] _ends = new ulong[(int)AppEnd.Abort + 1];

    internal AppCounters(int sourceCount) => _matchesBySource = new ulong[sourceCount];

    /// <summary>Flows that got an answer.</summary>
    public ulong Matches { get; internal set; }

    /// <summary>Names looked up, those of DNS questions too.</summary>
    public ulong DomainLookups { get; internal set; }

    /// <summary>Names of HTTP, TLS and QUIC that are an application's.</summary>
    public ulong DomainMatches { get; internal set; }

    /// <summary>Names of DNS questions that are an application's.</summary>
    public ulong DnsAppIntents { get; internal set; }

    /// <summary>Applications inferred from DNS answers.</summary>
    public ulong Inferred { get; internal set; }

    /// <summary>Flows of which a packet of the original direction was inspected.</summary>
    public ulong InspectOriginal { get; internal set; }

    /// <summary>Flows of which a packet of the reply direction was inspected.</summary>
    public ulong InspectReply { get; internal set; }

    /// <summary>Flows decided by a payload of the original direction.</summary>
    public ulong MatchOriginal { get; internal set; }

    /// <summary>Flows decided by a payload of the reply direction.</summary>
    public ulong MatchReply { get; internal set; }

    /// <summary>Flows taken up.</summary>
    public ulong Armed { get; internal set; }

    /// <summary>Results that came after the answer.</summary>
    public ulong AppExists { get; internal set; }

    /// <summary>Flows that got their answer from a source.</summary>
    /// <param name="source">1 to the catalogue's last source.</param>
    /// <returns>0 for a number that is no source.</returns>
    public ulong MatchesBy(int source) => (uint)source < (uint)_matchesBySource.Length ? _matchesBySource[source] : 0;

    /// <summary>Flows that were let go for a reason.</summary>
    public ulong EndedBy(AppEnd end) => (int)end < _ends.Length ? _ends[(int)end] : 0;

    /// <summary>Sets all to zero.</summary>
    public void Clear()
    {
        Matches = DomainLookups = DomainMatches = DnsAppIntents = Inferred = InspectOriginal = InspectReply = MatchOriginal = MatchReply = Armed = AppExists = 0;
        Array.Clear(_matchesBySource);
        Array.Clear(_ends);
    }

    /// <summary>Key and value of each line of the original's <c>natflow_dpi_ctl</c> behind its two state lines, in its order; sources it does not know come last.</summary>
    /// <param name="catalogue">What the flows are called by.</param>
    /// <param name="events">Where matches go.</param>
    public IEnumerable<KeyValuePair<string, ulong>> Named(Catalogue.AppCatalogue catalogue, AppEventQueue events)
    {
        IEnumerable<(string Key, ulong Value)> fixedLines =
        [
            ("catalog_revision", catalogue.Revision), ("catalog_apps", (ulong)catalogue.AppCount),
            ("matches", Matches), ("events", events.Queued), ("events_suppressed", events.Suppressed), ("events_lost", events.Lost),
            ("domain_lookups", DomainLookups), ("domain_matches", DomainMatches), ("dns_app_intents", DnsAppIntents),
            ("packet_inspect_original", InspectOriginal), ("packet_inspect_reply", InspectReply),
            ("packet_match_original", MatchOriginal), ("packet_match_reply", MatchReply),
            ("context_armed", Armed), ("context_cleared_match", EndedBy(AppEnd.Match)), ("context_cleared_budget", EndedBy(AppEnd.Budget)),
            ("context_cleared_transport", EndedBy(AppEnd.Transport)), ("context_cleared_app", EndedBy(AppEnd.App)),
            ("context_cleared_no_candidate", EndedBy(AppEnd.NoCandidate)), ("context_cleared_acct_limit", EndedBy(AppEnd.PacketLimit)),
            ("context_aborted", EndedBy(AppEnd.Abort)),
            ("proto_no_session", 0), // A flow always has its state here.
            ("proto_app_exists", AppExists),
        ];
        foreach ((string key, ulong value) in fixedLines)
            yield return KeyValuePair.Create(key, value);
        for (byte source = 1; source <= catalogue.LastSource && source != 0; source++)
        {
            yield return KeyValuePair.Create($"matches_{catalogue.SourceName(source)}", MatchesBy(source));
            yield return KeyValuePair.Create($"events_{catalogue.SourceName(source)}", events.QueuedBy(source));
        }
    }

    internal void CountEnd(AppEnd end) => _ends[(int)end]++;

    internal void CountMatch(AppSource source)
    {
        Matches++;
        if ((int)source < _matchesBySource.Length)
            _matchesBySource[(int)source]++;
    }
}
