using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>Makes the two entries of an offered flow.</summary>
internal static class FoeEntries
{
    /// <summary>Packets from inside: the source becomes the external one.</summary>
    /// <param name="offer">The flow.</param>
    /// <param name="ingress">Interface that they come by.</param>
    internal static FoeEntry Out(ref readonly FlowOffer offer, int ingress) => new()
    {
        SrcAddr = offer.Inside,
        DstAddr = offer.Remote,
        NewSrcAddr = offer.External,
        NewDstAddr = offer.Remote,
        SrcPortBe = offer.InsidePortBe,
        DstPortBe = offer.RemotePortBe,
        NewSrcPortBe = offer.ExternalPortBe,
        NewDstPortBe = offer.RemotePortBe,
        Zone = OffloadPlan.ZoneOf(offer.Zone),
        Protocol = offer.Protocol,
        Kind = KindOf(in offer),
        Side = Side.Lan,
        LinkIndex = offer.OutLink,
        LinkGeneration = offer.OutGeneration,
        PolicyGeneration = offer.PolicyGeneration,
        PolicyIndex = offer.PolicyIndex,
        Rule = offer.Rule,
        IngressInterface = ingress,
        ShardIndex = (ushort)offer.Cookie.ShardIndex,
        Cookie = offer.Cookie.Value,
    };

    /// <summary>Packets from outside: the destination becomes the inside one.</summary>
    /// <param name="offer">The flow.</param>
    /// <param name="ingress">Interface that they come by.</param>
    internal static FoeEntry In(ref readonly FlowOffer offer, int ingress) => new()
    {
        SrcAddr = offer.Remote,
        DstAddr = offer.External,
        NewSrcAddr = offer.Remote,
        NewDstAddr = offer.Inside,
        SrcPortBe = offer.RemotePortBe,
        DstPortBe = offer.ExternalPortBe,
        NewSrcPortBe = offer.RemotePortBe,
        NewDstPortBe = offer.InsidePortBe,
        Protocol = offer.Protocol,
        Kind = KindOf(in offer),
        Side = Side.Wan,
        LinkIndex = offer.InLink,
        LinkGeneration = offer.InGeneration,
        PolicyGeneration = offer.PolicyGeneration,
        PolicyIndex = offer.PolicyIndex,
        Rule = offer.Rule,
        IngressInterface = ingress,
        ShardIndex = (ushort)offer.Cookie.ShardIndex,
        Cookie = offer.Cookie.Value | FlowCookie.InboundBit,
    };

    /// <summary>Packets of one subscriber to another by its external end: the sender's source becomes external, the destination the receiver's inside one.</summary>
    /// <param name="from">The sender's flow.</param>
    /// <param name="to">The receiver's.</param>
    /// <param name="ingress">Interface that they come by.</param>
    internal static FoeEntry Hairpin(ref readonly FlowOffer from, ref readonly FlowOffer to, int ingress)
    {
        FoeEntry entry = Out(in from, ingress);
        entry.NewDstAddr = to.Inside;
        entry.NewDstPortBe = to.InsidePortBe;
        entry.LinkIndex = to.InLink;
        entry.LinkGeneration = to.InGeneration;
        if (from.Cookie.IsIpv6)
            entry.Kind = FoeKind.IPv6Nat;
        return entry;
    }

    private static FoeKind KindOf(ref readonly FlowOffer offer)
    {
        if (!offer.Cookie.IsIpv6)
            return FoeKind.IPv4Nat;
        return offer.Inside == offer.External && offer.InsidePortBe == offer.ExternalPortBe ? FoeKind.IPv6Route : FoeKind.IPv6Nat;
    }
}
