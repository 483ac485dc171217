using Natflow.Core;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Ipv6;

/// <summary>
/// ICMPv6 errors, let through where the packet that they quote belongs to a living flow (RFC 4890 section 4.3.1, RFC 6092 REC-10), translated together
/// with it. They change no flow and refresh none.
/// </summary>
internal sealed class Ipv6IcmpErrorPath(ShardState shard, Ipv6Translation translation)
{
    /// <summary>Finds the flow, and puts the addresses of the other side on error and quote.</summary>
    /// <param name="frame">The descriptor.</param>
    /// <param name="bytes">The frame.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="flowIndex">The flow on success.</param>
    internal DropReason Translate(ref readonly FrameDescriptor frame, Span<byte> bytes, ref Ipv6Packet packet, long nowMs, out uint flowIndex)
    {
        flowIndex = FlowTable.None;
        if (!Icmpv6Type.IsTransitError(frame.TcpFlags))
            return DropReason.UnsupportedIcmp;
        DropReason reason = Icmpv6ErrorParser.TryParse(bytes, frame.L3Offset, out Icmpv6ErrorQuote quote);
        if (reason != DropReason.None)
            return reason;
        if (quote.OuterChecksum == ChecksumState.Invalid)
            return DropReason.IcmpErrorBadChecksum;

        // An error goes to who sent the packet; one that goes elsewhere was made up.
        if (!quote.HasTransport || quote.IsError || quote.Src != packet.Destination)
            return DropReason.IcmpErrorNoFlow;
        Side side = frame.Key.Side;
        Ipv6Address inside = side == Side.Wan ? quote.Src : quote.Dst;
        ushort insidePortBe = side == Side.Wan ? quote.SrcPortBe : quote.DstPortBe;
        bool isQuery = quote.Protocol == IpProtocol.IcmpV6;
        if (side == Side.Wan)
        {
            reason = translation.TryFindInside(inside, insidePortBe, quote.Protocol, out inside, out insidePortBe, out packet.MappingIndex);
            if (reason != DropReason.None)
                return DropReason.IcmpErrorNoFlow;
        }

        ushort remotePortBe = isQuery ? (ushort)0 : side == Side.Wan ? quote.DstPortBe : quote.SrcPortBe;
        var key = new Ipv6FlowKey(
            inside, side == Side.Wan ? quote.Dst : quote.Src, insidePortBe, remotePortBe, frame.Key.Zone, quote.Protocol, side);
        flowIndex = shard.Ipv6.Flows.Find(in key);
        if (flowIndex == FlowTable.None || shard.Ipv6.IsExpired(in shard.Ipv6.Flows.Flow(flowIndex), nowMs))
            return DropReason.IcmpErrorNoFlow;
        ref Ipv6FlowRecord flow = ref shard.Ipv6.Flows.Flow(flowIndex);
        return (flow.Flags & Ipv6FlowFlags.Translated) != Ipv6FlowFlags.None
            ? translation.ApplyToError(bytes, in frame, in quote, in flow)
            : DropReason.None;
    }
}
