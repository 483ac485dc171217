namespace Natflow.Offload.Flower;

/// <summary>
/// One direction of a flow as a rule of tc's classifier <c>flower</c> with its actions: exact 5-tuple in, link addresses, translation and way out.
/// Addresses and ports are in host byte order, IPv4 in the low 32 bits.
/// </summary>
internal record struct FlowerRule
{
    /// <summary>Interface whose ingress holds the rule.</summary>
    internal int InterfaceIndex;

    /// <summary>Its name: drivers want to know it as the interface that packets come in by.</summary>
    internal string? InDevice;

    internal ushort Priority;

    /// <summary>Number of the rule, ours to choose, not 0.</summary>
    internal uint Handle;

    internal bool IsIpv6;
    internal byte Protocol;
    internal UInt128 Src;
    internal UInt128 Dst;
    internal ushort SrcPort;
    internal ushort DstPort;

    /// <summary>Tag that packets come with, taken off; 0 for none or for drivers that do not look at it.</summary>
    internal ushort InVlan;

    internal ulong SrcMac;
    internal ulong DstMac;

    /// <summary>IPv4: what the packets leave with.</summary>
    internal uint NewSrc;
    internal uint NewDst;
    internal ushort NewSrcPort;
    internal ushort NewDstPort;

    /// <summary>Tags to push, the outer one first; 0 for none.</summary>
    internal ushort OutVlan;
    internal ushort InnerOutVlan;

    /// <summary>An explicit edit of the TTL, for drivers that do nothing by themselves. MediaTek's refuses it.</summary>
    internal bool DecrementTtl;

    /// <summary>Interface that they leave by.</summary>
    internal int OutInterfaceIndex;

    /// <summary>Name given to the kernel with the last action, and back with it; 0 for none.</summary>
    internal ulong Cookie;

    /// <summary>Flower's flags as the kernel reports them: 1 skip_hw, 2 skip_sw, 4 in_hw, 8 not_in_hw.</summary>
    internal uint Flags;

    internal readonly bool ChangesSrc => !IsIpv6 && NewSrc != (uint)Src;

    internal readonly bool ChangesDst => !IsIpv6 && NewDst != (uint)Dst;

    internal readonly bool ChangesSrcPort => !IsIpv6 && NewSrcPort != SrcPort;

    internal readonly bool ChangesDstPort => !IsIpv6 && NewDstPort != DstPort;

    internal readonly bool ChangesL4 => ChangesSrc || ChangesDst || ChangesSrcPort || ChangesDstPort;
}
