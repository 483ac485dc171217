namespace Natflow.Offload.MediaTek;

/// <summary>The first word of an entry, in its two views: that of bound entries, and that of learned ones (every other state).</summary>
internal record struct FoeIb1
{
    internal FoeState State { get; set; }

    internal byte PacketType { get; set; }

    internal bool IsUdp { get; set; }

    /// <summary>Neither aged nor replaced; with state invalid the entry is never used.</summary>
    internal bool IsStatic { get; set; }

    /// <summary>Engine clock of the last hit, cut to the view's width.</summary>
    internal ushort Timestamp { get; set; }

    internal byte SourcePort { get; set; }

    internal bool IsMulticast { get; set; }

    internal bool KeepAlive { get; set; }

    /// <summary>Tags to write.</summary>
    internal byte VlanLayers { get; set; }

    internal bool HasPppoe { get; set; }

    /// <summary>Tags are announced by 0x8100; otherwise by the link block's etype.</summary>
    internal bool VlanTagMode { get; set; }

    internal bool IsSampled { get; set; }

    internal bool IsCacheable { get; set; }

    internal bool StripTunnel { get; set; }

    internal bool DecrementTtl { get; set; }

    /// <summary>Of learned entries: packets in the current tick.</summary>
    internal ushort PacketCount { get; set; }

    internal bool IsIngressLearned { get; set; }

    internal bool IsPreBind { get; set; }

    internal static FoeIb1 Decode(FoeLayout layout, uint word)
    {
        var ib1 = new FoeIb1
        {
            State = (FoeState)FoeLayout.State.Get(word),
            PacketType = (byte)layout.PacketType.Get(word),
            IsUdp = FoeLayout.IsUdp.IsSet(word),
            IsStatic = FoeLayout.IsStatic.IsSet(word),
            SourcePort = (byte)layout.SourcePort.Get(word),
        };
        return FoeLayout.IsBound(word) ? ib1.WithBound(layout, word) : ib1.WithLearned(layout, word);
    }

    internal readonly uint Encode(FoeLayout layout)
    {
        uint word = State == FoeState.Bind ? EncodeBound(layout) : EncodeLearned(layout);
        word = layout.SourcePort.With(word, SourcePort);
        word = layout.PacketType.With(word, PacketType);
        word = FoeLayout.State.With(word, (uint)State);
        word = FoeLayout.IsUdp.With(word, IsUdp);
        return FoeLayout.IsStatic.With(word, IsStatic);
    }

    private readonly uint EncodeBound(FoeLayout layout)
    {
        uint word = layout.Timestamp.With(0, Timestamp);
        word = layout.IsMulticast.With(word, IsMulticast);
        word = layout.KeepAlive.With(word, KeepAlive);
        word = layout.VlanLayers.With(word, VlanLayers);
        word = layout.HasPppoe.With(word, HasPppoe);
        word = layout.VlanTagMode.With(word, VlanTagMode);
        word = layout.IsSampled.With(word, IsSampled);
        word = layout.IsCacheable.With(word, IsCacheable);
        word = layout.StripTunnel.With(word, StripTunnel);
        return layout.DecrementTtl.With(word, DecrementTtl);
    }

    private readonly uint EncodeLearned(FoeLayout layout)
    {
        uint word = FoeLayout.LearnedTimestamp.With(0, Timestamp);
        word = layout.PacketCount.With(word, PacketCount);
        word = layout.IsIngressLearned.With(word, IsIngressLearned);
        word = layout.IsLearnedMulticast.With(word, IsMulticast);
        return layout.IsPreBind.With(word, IsPreBind);
    }

    private readonly FoeIb1 WithBound(FoeLayout layout, uint word) => this with
    {
        Timestamp = (ushort)layout.Timestamp.Get(word),
        IsMulticast = layout.IsMulticast.IsSet(word),
        KeepAlive = layout.KeepAlive.IsSet(word),
        VlanLayers = (byte)layout.VlanLayers.Get(word),
        HasPppoe = layout.HasPppoe.IsSet(word),
        VlanTagMode = layout.VlanTagMode.IsSet(word),
        IsSampled = layout.IsSampled.IsSet(word),
        IsCacheable = layout.IsCacheable.IsSet(word),
        StripTunnel = layout.StripTunnel.IsSet(word),
        DecrementTtl = layout.DecrementTtl.IsSet(word),
    };

    private readonly FoeIb1 WithLearned(FoeLayout layout, uint word) => this with
    {
        Timestamp = (ushort)FoeLayout.LearnedTimestamp.Get(word),
        PacketCount = (ushort)layout.PacketCount.Get(word),
        IsIngressLearned = layout.IsIngressLearned.IsSet(word),
        IsMulticast = layout.IsLearnedMulticast.IsSet(word),
        IsPreBind = layout.IsPreBind.IsSet(word),
    };
}
