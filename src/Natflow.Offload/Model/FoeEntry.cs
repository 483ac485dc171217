using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Offload.Model;

/// <summary>
/// One direction of a flow as every PPE gets it: which packets, what they become, which way they leave, on whose account. A PPE turns it into its own format.
/// </summary>
/// <remarks>
/// Addresses and ports are in network byte order; IPv4 addresses are mapped (RFC 4291 section 2.5.5.2). The packets' link headers, with up to two VLAN
/// tags and a PPPoE session header, are not part of the key, as they are not of a flow's.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct FoeEntry
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 112;

    /// <summary>Source address of the packets as they arrive.</summary>
    [FieldOffset(0)]
    public Ipv6Address SrcAddr;

    /// <summary>Destination address of the packets as they arrive.</summary>
    [FieldOffset(16)]
    public Ipv6Address DstAddr;

    /// <summary>Source address that they leave with.</summary>
    [FieldOffset(32)]
    public Ipv6Address NewSrcAddr;

    /// <summary>Destination address that they leave with.</summary>
    [FieldOffset(48)]
    public Ipv6Address NewDstAddr;

    /// <summary>Source port as they arrive.</summary>
    [FieldOffset(64)]
    public ushort SrcPortBe;

    /// <summary>Destination port as they arrive.</summary>
    [FieldOffset(66)]
    public ushort DstPortBe;

    /// <summary>Source port that they leave with.</summary>
    [FieldOffset(68)]
    public ushort NewSrcPortBe;

    /// <summary>Destination port that they leave with.</summary>
    [FieldOffset(70)]
    public ushort NewDstPortBe;

    /// <summary>Zone of the port they arrive on; 0 is the outside.</summary>
    [FieldOffset(72)]
    public ushort Zone;

    /// <summary>TCP or UDP.</summary>
    [FieldOffset(74)]
    public byte Protocol;

    /// <summary>What is done to them.</summary>
    [FieldOffset(75)]
    public FoeKind Kind;

    /// <summary>Side that they arrive on: <see cref="Core.Side.Lan"/> spends the user's upload meter, <see cref="Core.Side.Wan"/> the download meter.</summary>
    [FieldOffset(76)]
    public Side Side;

    /// <summary>The way out, as <see cref="IPpe.SetLink"/> numbers it.</summary>
    [FieldOffset(78)]
    public ushort LinkIndex;

    /// <summary>Generation of the way that the entry was made for: another one there makes the entry void.</summary>
    [FieldOffset(80)]
    public ushort LinkGeneration;

    /// <summary>Generation of the user's policy that the entry was made under: another one there makes the entry void.</summary>
    [FieldOffset(82)]
    public ushort PolicyGeneration;

    /// <summary>The user's policy record, in the gateway's <see cref="Flows.Users.PolicyTable"/>.</summary>
    [FieldOffset(84)]
    public uint PolicyIndex;

    /// <summary>Interface that they arrive on, as the kernel numbers it; 0 where no PPE needs it.</summary>
    [FieldOffset(88)]
    public int IngressInterface;

    /// <summary>Shard that owns the flow.</summary>
    [FieldOffset(92)]
    public ushort ShardIndex;

    /// <summary>Rule whose meters and class the flow has beside its user's, by number of its policy record; 0 for none.</summary>
    [FieldOffset(94)]
    public byte Rule;

    /// <summary>The owner's name for the flow and direction; given back with counters, adopted entries and views.</summary>
    [FieldOffset(96)]
    public ulong Cookie;
}
