namespace Natflow.Offload.MediaTek;

/// <summary>The second control word: where frames leave, by which queue, and whether they are counted.</summary>
internal record struct FoeIb2
{
    internal byte Queue { get; set; }

    internal bool ForceQueue { get; set; }

    /// <summary>Port of the switch fabric: 0 CPU, 1 and 2 GDM1 and GDM2, 7 drop, 15 GDM3.</summary>
    internal byte EgressPort { get; set; }

    internal bool MulticastToCpu { get; set; }

    internal bool LearnPriority { get; set; }

    internal bool CountInMib { get; set; }

    internal bool CountIngressBytes { get; set; }

    /// <summary>On v1 the Wi-Fi bits lie in it: 0x10 the device, 0x20 that the target is valid.</summary>
    internal byte PortMeterGroup { get; set; }

    internal byte PortAccountGroup { get; set; }

    internal byte Dscp { get; set; }

    /// <summary>v2 and later.</summary>
    internal byte WirelessRing { get; set; }

    /// <summary>v2 and later.</summary>
    internal bool WirelessValid { get; set; }

    internal static FoeIb2 Decode(FoeLayout layout, uint word) => new()
    {
        Queue = (byte)layout.Queue.Get(word),
        ForceQueue = layout.ForceQueue.IsSet(word),
        EgressPort = (byte)layout.EgressPort.Get(word),
        MulticastToCpu = layout.MulticastToCpu.IsSet(word),
        LearnPriority = layout.LearnPriority.IsSet(word),
        CountInMib = layout.CountInMib.IsSet(word),
        CountIngressBytes = layout.CountIngressBytes.IsSet(word),
        PortMeterGroup = (byte)layout.PortMeterGroup.Get(word),
        PortAccountGroup = (byte)layout.PortAccountGroup.Get(word),
        Dscp = (byte)FoeLayout.Dscp.Get(word),
        WirelessRing = (byte)layout.WirelessRing.Get(word),
        WirelessValid = layout.WirelessValid.IsSet(word),
    };

    internal readonly uint Encode(FoeLayout layout)
    {
        uint word = layout.Queue.With(0, Queue);
        word = layout.ForceQueue.With(word, ForceQueue);
        word = layout.EgressPort.With(word, EgressPort);
        word = layout.MulticastToCpu.With(word, MulticastToCpu);
        word = layout.LearnPriority.With(word, LearnPriority);
        word = layout.CountInMib.With(word, CountInMib);
        word = layout.CountIngressBytes.With(word, CountIngressBytes);
        word = layout.PortMeterGroup.With(word, PortMeterGroup);
        word = layout.PortAccountGroup.With(word, PortAccountGroup);
        word = FoeLayout.Dscp.With(word, Dscp);
        word = layout.WirelessRing.With(word, WirelessRing);
        return layout.WirelessValid.With(word, WirelessValid);
    }
}
