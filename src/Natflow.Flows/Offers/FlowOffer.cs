using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Paths;

namespace Natflow.Flows.Offers;

/// <summary>A message of a shard to the offload actor. In order: what is said of a way holds for the offers behind it.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct FlowOffer
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 96;

    /// <summary>What is wanted; it says which of the other fields count.</summary>
    [FieldOffset(0)]
    public OfferKind Kind;

    /// <summary>TCP or UDP.</summary>
    [FieldOffset(1)]
    public byte Protocol;

    /// <summary>The subscriber's zone.</summary>
    [FieldOffset(2)]
    public ushort Zone;

    /// <summary>The user's policy record.</summary>
    [FieldOffset(4)]
    public uint PolicyIndex;

    /// <summary>The flow.</summary>
    [FieldOffset(8)]
    public FlowCookie Cookie;

    /// <summary>Subscriber's address; IPv4 mapped.</summary>
    [FieldOffset(16)]
    public Ipv6Address Inside;

    /// <summary>Other end's address.</summary>
    [FieldOffset(32)]
    public Ipv6Address Remote;

    /// <summary>The subscriber's address as the outside sees it.</summary>
    [FieldOffset(48)]
    public Ipv6Address External;

    /// <summary>Subscriber's port, network order.</summary>
    [FieldOffset(64)]
    public ushort InsidePortBe;

    /// <summary>Other end's port, network order.</summary>
    [FieldOffset(66)]
    public ushort RemotePortBe;

    /// <summary>The subscriber's port as the outside sees it, network order.</summary>
    [FieldOffset(68)]
    public ushort ExternalPortBe;

    /// <summary>Generation of the user's policy.</summary>
    [FieldOffset(70)]
    public ushort PolicyGeneration;

    /// <summary>The way out, numbered in the gateway.</summary>
    [FieldOffset(72)]
    public ushort OutLink;

    /// <summary>Its generation.</summary>
    [FieldOffset(74)]
    public ushort OutGeneration;

    /// <summary>The way to the subscriber, numbered in the gateway.</summary>
    [FieldOffset(76)]
    public ushort InLink;

    /// <summary>Its generation.</summary>
    [FieldOffset(78)]
    public ushort InGeneration;

    /// <summary>The flow's rule, 1 to <see cref="OfferLimits.RuleNumberMax"/>; 0 for none.</summary>
    [FieldOffset(82)]
    public byte Rule;

    /// <summary>When the packet came that let the flow be offered: the last one at the offer. Shard clock, ms modulo 2^32.</summary>
    [FieldOffset(84)]
    public uint SeenMs;

    /// <summary>For <see cref="OfferKind.Link"/>: the way.</summary>
    [FieldOffset(16)]
    public PathRecord Path;

    /// <summary>For <see cref="OfferKind.Link"/>: its number in the gateway.</summary>
    [FieldOffset(80)]
    public ushort LinkIndex;
}
