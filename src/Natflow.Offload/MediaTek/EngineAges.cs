namespace Natflow.Offload.MediaTek;

/// <summary>Ticks of one second after which the engine takes an entry out that nothing hit. The values are those that Linux programs.</summary>
internal static class EngineAges
{
    internal const int Tcp = 7;
    internal const int Udp = 12;
    internal const int Other = 1;
    internal const int Fin = 1;
    internal const int Unbound = 3;

    /// <summary>Packets in a tick at which a learned entry does not age.</summary>
    internal const int BusyPackets = 1000;

    /// <summary>Packets in a tick at which a learned entry is offered for binding.</summary>
    internal const int BindRate = 30;

    internal static int Limit(in FoeIb1 ib1) => ib1.State switch
    {
        FoeState.Unbind => Unbound,
        FoeState.Fin => Fin,
        _ => (FoePacketType)ib1.PacketType is FoePacketType.Ipv4Hnapt or FoePacketType.Ipv6FiveTuple ? ib1.IsUdp ? Udp : Tcp : Other,
    };

    /// <summary>Whether an entry is over its age.</summary>
    /// <param name="ib1">First word.</param>
    /// <param name="layout">Generation.</param>
    /// <param name="clock">The engine's clock, ticks.</param>
    internal static bool IsExpired(in FoeIb1 ib1, FoeLayout layout, uint clock)
    {
        if (ib1.IsStatic || ib1.State == FoeState.Invalid) return false;
        if (ib1.State == FoeState.Unbind && ib1.PacketCount >= BusyPackets) return false;
        return IdleTicks(ib1, layout, clock) > Limit(ib1);
    }

    /// <summary>Ticks since the last hit, modulo the stamp's width: 2^15 or, on v2 and v3, 2^8.</summary>
    internal static int IdleTicks(in FoeIb1 ib1, FoeLayout layout, uint clock)
    {
        BitField stamp = ib1.State == FoeState.Bind ? layout.Timestamp : FoeLayout.LearnedTimestamp;
        return (int)((clock - ib1.Timestamp) & stamp.Max);
    }
}
