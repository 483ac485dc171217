namespace Natflow.Offload.MediaTek;

/// <summary>Where a generation keeps what: sizes, ways, the bits of ib1 and ib2.</summary>
internal sealed class FoeLayout
{
    internal static readonly BitField State = new(28, 2);
    internal static readonly BitField IsUdp = new(30, 1);
    internal static readonly BitField IsStatic = new(31, 1);
    internal static readonly BitField LearnedTimestamp = new(0, 8);
    internal static readonly BitField Dscp = new(24, 8);

    internal static readonly FoeLayout V1 = new()
    {
        Generation = 1,
        EntryBytes = 80,
        LinkBytes = 20,
        Ways = 2,
        Timestamp = new(0, 15),
        KeepAlive = new(15, 1),
        VlanLayers = new(16, 3),
        HasPppoe = new(19, 1),
        VlanTagMode = new(20, 1),
        IsSampled = new(21, 1),
        IsCacheable = new(22, 1),
        StripTunnel = new(23, 1),
        DecrementTtl = new(24, 1),
        PacketType = new(25, 3),
        PacketCount = new(8, 16),
        IsPreBind = new(24, 1),
        Queue = new(0, 4),
        ForceQueue = new(4, 1),
        EgressPort = new(5, 3),
        MulticastToCpu = new(8, 1),
        LearnPriority = new(9, 1),
        CountInMib = new(10, 1),
        CountIngressBytes = new(11, 1),
        PortMeterGroup = new(12, 6),
        PortAccountGroup = new(18, 6),
    };

    internal static readonly FoeLayout V2 = MakeV2(generation: 2, entryBytes: 96, linkBytes: 24);

    internal static readonly FoeLayout V3 = MakeV2(generation: 3, entryBytes: 128, linkBytes: 32);

    internal required int Generation { get; init; }

    internal required int EntryBytes { get; init; }

    internal required int LinkBytes { get; init; }

    /// <summary>Entries a bucket: consecutive ones, of which the hash names the first.</summary>
    internal required int Ways { get; init; }

    internal required BitField Timestamp { get; init; }

    internal required BitField KeepAlive { get; init; }

    internal required BitField VlanLayers { get; init; }

    internal required BitField HasPppoe { get; init; }

    internal required BitField VlanTagMode { get; init; }

    internal required BitField IsSampled { get; init; }

    internal required BitField IsCacheable { get; init; }

    internal required BitField StripTunnel { get; init; }

    internal required BitField DecrementTtl { get; init; }

    internal required BitField PacketType { get; init; }

    internal required BitField PacketCount { get; init; }

    internal required BitField IsPreBind { get; init; }

    internal BitField SourcePort { get; init; }

    internal BitField IsMulticast { get; init; }

    internal BitField IsLearnedMulticast { get; init; }

    internal BitField IsIngressLearned { get; init; }

    internal required BitField Queue { get; init; }

    internal required BitField ForceQueue { get; init; }

    internal required BitField EgressPort { get; init; }

    internal required BitField MulticastToCpu { get; init; }

    internal required BitField LearnPriority { get; init; }

    internal required BitField CountInMib { get; init; }

    internal required BitField CountIngressBytes { get; init; }

    internal required BitField PortMeterGroup { get; init; }

    internal required BitField PortAccountGroup { get; init; }

    internal BitField WirelessRing { get; init; }

    internal BitField WirelessValid { get; init; }

    internal static FoeLayout Of(MediaTekSoc soc) => soc switch
    {
        MediaTekSoc.Mt7621 or MediaTekSoc.Mt7622 or MediaTekSoc.Mt7623 => V1,
        MediaTekSoc.Mt7988 => V3,
        _ => V2,
    };

    /// <summary>Whether an entry's second view, that of bound entries, holds.</summary>
    internal static bool IsBound(uint ib1) => (FoeState)State.Get(ib1) == FoeState.Bind;

    private static FoeLayout MakeV2(int generation, int entryBytes, int linkBytes) => new()
    {
        Generation = generation,
        EntryBytes = entryBytes,
        LinkBytes = linkBytes,
        Ways = 4,
        Timestamp = new(0, 8),
        SourcePort = new(8, 4),
        IsMulticast = new(12, 1),
        KeepAlive = new(13, 1),
        VlanLayers = new(14, 3),
        HasPppoe = new(17, 1),
        VlanTagMode = new(18, 1),
        IsSampled = new(19, 1),
        IsCacheable = new(20, 1),
        StripTunnel = new(21, 1),
        DecrementTtl = new(22, 1),
        PacketType = new(23, 5),
        PacketCount = new(12, 8),
        IsIngressLearned = new(20, 1),
        IsLearnedMulticast = new(21, 1),
        IsPreBind = new(22, 1),
        Queue = new(0, 7),
        PortMeterGroup = new(7, 1),
        ForceQueue = new(8, 1),
        EgressPort = new(9, 4),
        MulticastToCpu = new(13, 1),
        LearnPriority = new(14, 1),
        CountInMib = new(15, 1),
        CountIngressBytes = new(16, 1),
        WirelessRing = new(17, 2),
        WirelessValid = new(19, 1),
        PortAccountGroup = new(20, 4),
    };
}
