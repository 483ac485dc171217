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
    }
}
