namespace Natflow.Inspect.Apps;

/// <summary>What a classifier did. One owner thread writes.</summary>
public sealed class AppCounters
{
    private readonly ulong[] _matchesBySource;

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

    /// <summary>Flows let go with a payload's answer.</summary>
    public ulong ClearedMatch { get; internal set; }

    /// <summary>Flows let go with both directions' budgets spent.</summary>
    public ulong ClearedBudget { get; internal set; }

    /// <summary>Flows let go on FIN or RST.</summary>
    public ulong ClearedTransport { get; internal set; }

    /// <summary>Flows let go because a name had answered.</summary>
    public ulong ClearedApp { get; internal set; }

    /// <summary>Flows let go because no signature was left that could hold.</summary>
    public ulong ClearedNoCandidate { get; internal set; }

    /// <summary>Flows let go at the limit of packets.</summary>
    public ulong ClearedPacketLimit { get; internal set; }

    /// <summary>Flows let go from outside.</summary>
    public ulong Aborted { get; internal set; }

    /// <summary>Results that came after the answer.</summary>
    public ulong AppExists { get; internal set; }

    /// <summary>Flows that got their answer from a source.</summary>
    /// <param name="source">1 to the catalogue's last source.</param>
    /// <returns>0 for a number that is no source.</returns>
    public ulong MatchesBy(int source) => (uint)source < (uint)_matchesBySource.Length ? _matchesBySource[source] : 0;

    internal void CountMatch(AppSource source)
    {
        Matches++;
        if ((int)source < _matchesBySource.Length)
            _matchesBySource[(int)source]++;
    }
}
