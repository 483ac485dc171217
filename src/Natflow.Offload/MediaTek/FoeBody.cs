namespace Natflow.Offload.MediaTek;

/// <summary>An entry taken apart: what its type uses is set, the rest is 0. Addresses and ports are in host byte order, IPv4 in the low 32 bits.</summary>
internal record struct FoeBody
{
    internal FoeIb1 Ib1;
    internal FoeIb2 Ib2;
    internal FoeLink Link;

    internal UInt128 Src;
    internal UInt128 Dst;
    internal ushort SrcPort;
    internal ushort DstPort;

    /// <summary>Of keys by protocol (ROUTE, 3-tuple).</summary>
    internal byte Protocol;

    /// <summary>HNAPT and ROUTE; v2 also NAT inside DS-Lite.</summary>
    internal uint NewSrc;
    internal uint NewDst;
    internal ushort NewSrcPort;
    internal ushort NewDstPort;

    internal ushort MulticastTimestamp;
    internal uint UserWord;

    /// <summary>Outer addresses: IPv6 of DS-Lite, IPv4 of 6RD.</summary>
    internal UInt128 TunnelSrc;
    internal UInt128 TunnelDst;

    /// <summary>DS-Lite, 24 bits.</summary>
    internal uint FlowLabel;
    internal byte TrafficClass;

    /// <summary>6RD: of the outer header without length.</summary>
    internal ushort TunnelChecksum;
    internal byte TunnelDscp;
    internal byte TunnelTtl;
    internal byte TunnelFlags;
    internal byte TunnelFlowId;

    /// <summary>Bridge.</summary>
    internal ulong BridgeDstMac;
    internal ulong BridgeSrcMac;
    internal ushort BridgeVlan;

    internal readonly FoePacketType Type => (FoePacketType)Ib1.PacketType;
}
