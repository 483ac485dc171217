namespace Natflow.Flows.Shards;

/// <summary>What a shard counted. Owner thread writes; a copy travels to others as a message.</summary>
public struct ShardCounters
{
    /// <summary>Packets translated from inside to outside.</summary>
    public ulong TranslatedOut;

    /// <summary>Packets translated from outside to inside.</summary>
    public ulong TranslatedIn;

    /// <summary>L3 bytes translated, both ways.</summary>
    public ulong TranslatedBytes;

    /// <summary>Packets forwarded without translation.</summary>
    public ulong Untranslated;

    /// <summary>Packets given to the host.</summary>
    public ulong PassedToHost;

    /// <summary>Packets that turned round inside the gateway; each is counted as translated out and in too.</summary>
    public ulong Hairpinned;

    /// <summary>Flows opened.</summary>
    public ulong FlowsOpened;

    /// <summary>Flows ended.</summary>
    public ulong FlowsEnded;

    /// <summary>Mappings made.</summary>
    public ulong MappingsMade;

    /// <summary>Subscribers seen for the first time or again after their entry was given up.</summary>
    public ulong UsersSeen;

    /// <summary>Port blocks leased.</summary>
    public ulong BlocksLeased;

    /// <summary>Port blocks released.</summary>
    public ulong BlocksReleased;

    /// <summary>ICMP errors of the gateway itself.</summary>
    public ulong IcmpErrorsSent;

    /// <summary>ICMP errors that were due but not sent: the rate limit, no own address known on that side, no way back.</summary>
    public ulong IcmpErrorsSuppressed;

    /// <summary>Echo requests to public addresses that the gateway answered.</summary>
    public ulong EchoesAnswered;

    /// <summary>Fragments that packets were cut into for their way's MTU.</summary>
    public ulong FragmentsMade;

    /// <summary>Fragments that waited for the first of their datagram.</summary>
    public ulong FragmentsHeld;

    /// <summary>SYN segments whose MSS option was lowered to their way's.</summary>
    public ulong MssClamped;

    /// <summary>Flows ended because their public address was withdrawn.</summary>
    public ulong FlowsWithdrawn;

    /// <summary>Packets from inside that a PPE forwarded, as far as it has told.</summary>
    public ulong OffloadedOut;

    /// <summary>Packets from outside that a PPE forwarded, as far as it has told.</summary>
    public ulong OffloadedIn;

    /// <summary>L3 bytes that a PPE forwarded, both ways, as far as it has told.</summary>
    public ulong OffloadedBytes;

    /// <summary>Times that a flow was not offered because too many offers were waiting; it is offered again.</summary>
    public ulong OffersDelayed;

    /// <summary>Adds another shard's counters.</summary>
    public void Add(in ShardCounters other)
    {
        TranslatedOut += other.TranslatedOut;
        TranslatedIn += other.TranslatedIn;
        TranslatedBytes += other.TranslatedBytes;
        Untranslated += other.Untranslated;
        PassedToHost += other.PassedToHost;
        Hairpinned += other.Hairpinned;
        FlowsOpened += other.FlowsOpened;
        FlowsEnded += other.FlowsEnded;
        MappingsMade += other.MappingsMade;
        UsersSeen += other.UsersSeen;
        BlocksLeased += other.BlocksLeased;
        BlocksReleased += other.BlocksReleased;
        IcmpErrorsSent += other.IcmpErrorsSent;
        IcmpErrorsSuppressed += other.IcmpErrorsSuppressed;
        EchoesAnswered += other.EchoesAnswered;
        FragmentsMade += other.FragmentsMade;
        FragmentsHeld += other.FragmentsHeld;
        MssClamped += other.MssClamped;
        FlowsWithdrawn += other.FlowsWithdrawn;
        OffloadedOut += other.OffloadedOut;
        OffloadedIn += other.OffloadedIn;
        OffloadedBytes += other.OffloadedBytes;
        OffersDelayed += other.OffersDelayed;
    }
}
