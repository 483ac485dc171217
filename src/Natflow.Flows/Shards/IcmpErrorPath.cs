using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Packets.Icmp;

namespace Natflow.Flows.Shards;

/// <summary>ICMP errors about translated packets, both ways (RFC 5508 REQ-3 to REQ-7). They change no flow and refresh none.</summary>
internal sealed class IcmpErrorPath(ShardState shard)
{
    /// <summary>Translates the error and the packet it quotes.</summary>
    /// <param name="frame">The descriptor, kind ICMP error.</param>
    /// <param name="bytes">The frame.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="turnsRound">The error goes to another subscriber by one of our public addresses.</param>
    public DropReason Translate(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out bool turnsRound)
    {
        turnsRound = false;
        DropReason reason = IcmpErrorParser.TryParse(
            bytes, frame.L3Offset, (frame.Flags & FrameFlags.Captured) != FrameFlags.None, out IcmpErrorQuote quote);
        if (reason != DropReason.None)
            return reason;
        if (quote.OuterChecksum == ChecksumState.Invalid || !quote.IsHeaderChecksumValid)
            return DropReason.IcmpErrorBadChecksum;
        if (!quote.HasPorts)
            return DropReason.IcmpErrorNoFlow;

        FlowKey key = quote.ReverseKey(frame.Key.Side == Side.Lan ? frame.Key.Zone : (ushort)0, frame.Key.Side);
        uint slot = shard.Flows.Find(in key, shard.Hash.Of(in key));
        if (slot == FlowTable.None || shard.IsExpired(in shard.Flows.Flow(slot >> 1), nowMs))
            return DropReason.IcmpErrorNoFlow;

        ref FlowRecord flow = ref shard.Flows.Flow(slot >> 1);
        turnsRound = frame.Key.Side == Side.Lan && shard.Pool.IndexOf(frame.Key.DstAddrBe) >= 0;
        if (!turnsRound)
        {
            ushort path = frame.Key.Side == Side.Lan ? shard.OutsidePath(in flow) : shard.InsidePath(flow.UserIndex);
            if (path == PathTable.None)
                return DropReason.NoRoute;
            frame.PathIndex = path;
        }

        if (frame.Key.Side == Side.Lan)
        {
            // RFC 5508 REQ-5: also a router inside that reports about the flow appears as the flow's external address.
            IcmpErrorRewriter.RewriteOutbound(bytes, frame.L3Offset, in quote, flow.ExternalAddrBe, flow.ExternalAddrBe, flow.ExternalPortBe);
        }
        else
        {
            IcmpErrorRewriter.RewriteInbound(bytes, frame.L3Offset, in quote, flow.InsideAddrBe, flow.InsideAddrBe, flow.InsidePortBe);
        }

        CountTranslated(frame.Key.Side, bytes.Length - frame.L3Offset);
        return DropReason.None;
    }

    private void CountTranslated(Side side, int bytes)
    {
        if (side == Side.Lan)
            shard.Counters.TranslatedOut++;
        else
            shard.Counters.TranslatedIn++;
        shard.Counters.TranslatedBytes += (uint)bytes;
    }
}
