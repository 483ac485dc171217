using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Flows.Offers;

/// <summary>Makes a flow's offer, or says what keeps it from being offered. Owner thread only.</summary>
internal sealed class OfferBuilder(ShardState shard, OfferLimits limits, LinkAnnouncer announcer)
{
    /// <summary>Packets of a one-way flow that is offered: questions of one packet and their retries are not worth an entry.</summary>
    internal const ulong OneWayPacketsMin = 4;

    internal bool IsAlive(bool isIpv6, uint flowIndex) =>
        (isIpv6 ? shard.Ipv6.Flows.Flow(flowIndex).State : shard.Flows.Flow(flowIndex).State) != FlowState.None;

    /// <summary>Whether a flow that was offered is on its way out.</summary>
    internal bool IsClosing(bool isIpv6, uint flowIndex) =>
        !MayBeOffered(isIpv6 ? shard.Ipv6.Flows.Flow(flowIndex).State : shard.Flows.Flow(flowIndex).State, OneWayPacketsMin);

    internal OffloadReason BuildIpv4(uint flowIndex, out FlowOffer offer)
    {
        ref FlowRecord flow = ref shard.Flows.Flow(flowIndex);
        offer = default;
        if (flow.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return OffloadReason.Protocol;
        bool isHairpin = (flow.Flags & FlowFlags.Hairpin) != FlowFlags.None;
        if (isHairpin && !limits.RewritesBothEnds)
            return OffloadReason.Hairpin;
        if (StandInAddress.Is(flow.InsideAddrBe))
            return OffloadReason.Nat64;
        if ((flow.Flags & FlowFlags.Helper) != FlowFlags.None)
            return OffloadReason.Helper;
        if (!MayBeOffered(flow.State, (ulong)flow.PacketsOutLow + flow.PacketsInLow))
            return OffloadReason.NotEstablished;
        OffloadReason reason = CheckPolicy(isIpv6: false, flowIndex, flow.UserIndex, flow.PolicyStamp);
        if (reason == OffloadReason.None)
            reason = FillWays(ref offer, isHairpin, flow.PathIndex, flow.PathGeneration, shard.InsidePath(flow.UserIndex));
        if (reason != OffloadReason.None)
            return reason;
        offer.Inside = Ipv6Address.Of(MappedAddress.OfBe(flow.InsideAddrBe));
        offer.Remote = Ipv6Address.Of(MappedAddress.OfBe(flow.RemoteAddrBe));
        offer.External = Ipv6Address.Of(MappedAddress.OfBe(flow.ExternalAddrBe));
        offer.InsidePortBe = flow.InsidePortBe;
        offer.RemotePortBe = flow.RemotePortBe;
        offer.SeenMs = flow.LastSeenMs;
        offer.ExternalPortBe = flow.ExternalPortBe;
        Fill(ref offer, flow.Protocol, flow.Zone, flow.UserIndex, flow.PolicyStamp);
        offer.Rule = (byte)shard.Policies.RuleOf(isIpv6: false, flowIndex);
        return OffloadReason.None;
    }

    internal OffloadReason BuildIpv6(uint flowIndex, out FlowOffer offer)
    {
        ref Ipv6FlowRecord flow = ref shard.Ipv6.Flows.Flow(flowIndex);
        offer = default;
        bool isTranslated = (flow.Flags & Ipv6FlowFlags.Translated) != Ipv6FlowFlags.None;
        if (flow.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return OffloadReason.Protocol;
        if (!(isTranslated ? limits.TranslatesIpv6 : limits.RoutesIpv6))
            return OffloadReason.Unsupported;
        if ((flow.Flags & Ipv6FlowFlags.Helper) != Ipv6FlowFlags.None)
            return OffloadReason.Helper;
        bool isHairpin = shard.Ipv6.IsHairpin(in flow);
        if (isHairpin && !limits.RewritesBothEnds)
            return OffloadReason.Hairpin;
        if (!MayBeOffered(flow.State, flow.PacketsOut + flow.PacketsIn))
            return OffloadReason.NotEstablished;
        OffloadReason reason = CheckPolicy(isIpv6: true, flowIndex, flow.UserIndex, flow.PolicyStamp);
        if (reason == OffloadReason.None)
            reason = FillWays(ref offer, isHairpin, flow.PathIndex, flow.PathGeneration, shard.Ipv6.InsidePath(in flow.Inside, flow.UserIndex, flow.Zone));
        if (reason == OffloadReason.None && !shard.Ipv6.TryFindExternal(in flow, out offer.External, out offer.ExternalPortBe))
            reason = OffloadReason.Unsupported;
        if (reason != OffloadReason.None)
            return reason;
        offer.Inside = flow.Inside;
        offer.Remote = flow.Remote;
        offer.InsidePortBe = flow.InsidePortBe;
        offer.RemotePortBe = flow.RemotePortBe;
        offer.SeenMs = flow.LastSeenMs;
        Fill(ref offer, flow.Protocol, flow.Zone, flow.UserIndex, flow.PolicyStamp);
        offer.Rule = (byte)shard.Policies.RuleOf(isIpv6: true, flowIndex);
        return OffloadReason.None;
    }

    private static bool MayBeOffered(FlowState state, ulong packets) => state switch
    {
        FlowState.TcpEstablished or FlowState.UdpSteady or FlowState.UdpShortSteady => true,
        FlowState.UdpOneWay or FlowState.UdpShortOneWay => packets >= OneWayPacketsMin,
        _ => false,
    };

    private OffloadReason CheckPolicy(bool isIpv6, uint flowIndex, uint userIndex, ushort stamp)
    {
        ushort rule = shard.Policies.RuleOf(isIpv6, flowIndex);
        PolicyFlags flags = shard.Users[userIndex].PolicyFlags | shard.Policies.RuleFlagsOf(rule);
        if (PolicyStamp.GenerationOf(stamp) != PolicyStamp.GenerationOf(shard.Users.Gate(userIndex).PolicyStamp))
            return OffloadReason.Stale; // The next packet judges anew.
        if (shard.Users[userIndex].PolicyVerdict == Verdict.Drop || (flags & PolicyFlags.NoOffload) != PolicyFlags.None)
            return OffloadReason.Policy;
        if (shard.Hosts is { } hosts && hosts.IsRefused(isIpv6, flowIndex))
            return OffloadReason.Policy;
        if (shard.Policies.IsUnauthenticated(isIpv6, flowIndex))
            return OffloadReason.LoginPending;
        if ((flags & (PolicyFlags.MeterUp | PolicyFlags.MeterDown)) != PolicyFlags.None && (!limits.HasMeters || rule > OfferLimits.RuleNumberMax))
            return OffloadReason.Meter;
        return rule > OfferLimits.RuleNumberMax || ((flags & PolicyFlags.SetDscp) != PolicyFlags.None && !limits.HasMarking) ? OffloadReason.Unsupported : OffloadReason.None;
    }

    private OffloadReason FillWays(ref FlowOffer offer, bool isHairpin, byte outPath, ushort outGeneration, ushort inPath)
    {
        offer.Kind = isHairpin ? OfferKind.BindHairpin : OfferKind.Bind;
        return isHairpin ? FillInside(ref offer, inPath) : FillBoth(ref offer, outPath, outGeneration, inPath);
    }

    private OffloadReason FillBoth(ref FlowOffer offer, byte outPath, ushort outGeneration, ushort inPath)
    {
        if (outPath == PathTable.PerPacket)
            return OffloadReason.PathPerPacket;
        if (outGeneration != shard.Paths[outPath].Generation)
            return OffloadReason.Stale;
        OffloadReason reason = CheckWay(outPath);
        if (reason == OffloadReason.None)
            reason = FillInside(ref offer, inPath);
        if (reason != OffloadReason.None)
            return reason;
        if (!announcer.TryTell(outPath))
            return OffloadReason.RingFull;
        offer.OutLink = announcer.NumberOf(outPath);
        offer.OutGeneration = outGeneration;
        return OffloadReason.None;
    }

    private OffloadReason FillInside(ref FlowOffer offer, ushort inPath)
    {
        OffloadReason reason = CheckWay(inPath);
        if (reason != OffloadReason.None)
            return reason;
        if (!announcer.TryTell(inPath))
            return OffloadReason.RingFull;
        offer.InLink = announcer.NumberOf(inPath);
        offer.InGeneration = shard.Paths[inPath].Generation;
        return OffloadReason.None;
    }

    private OffloadReason CheckWay(ushort path)
    {
        ref PathRecord record = ref shard.Paths[path];
        if (record.State is not (PathState.Ready or PathState.AsIs))
            return OffloadReason.PathPending;
        if (announcer.NumberOf(path) == 0)
            return OffloadReason.Unsupported;
        return limits.Writes(record.HeaderBytes, record.IsPppoe) ? OffloadReason.None : OffloadReason.Encapsulation;
    }

    private void Fill(ref FlowOffer offer, byte protocol, ushort zone, uint userIndex, ushort stamp)
    {
        offer.Protocol = protocol;
        offer.Zone = zone;
        offer.PolicyIndex = shard.Users.PolicyBase + userIndex;
        offer.PolicyGeneration = PolicyStamp.GenerationOf(stamp);
    }
}
