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

    internal void CountEnd(AppEnd end) => _ends[(int)end]++;

    internal void CountMatch(AppSource source)
    {
        Matches++;
        if ((int)source < _matchesBySource.Length)
            _matchesBySource[(int)source]++;
    }
}
