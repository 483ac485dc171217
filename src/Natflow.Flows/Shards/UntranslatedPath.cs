using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Packets;

namespace Natflow.Flows.Shards;

/// <summary>Forwards IPv4 packets as they are: between subscribers' networks, and to destinations that are exempt.</summary>
/// <remarks>Owner thread only; no allocation.</remarks>
internal sealed class UntranslatedPath(ShardState shard, ExemptPath exempt, WayFinder ways, Fragmenter fragmenter)
{
    /// <summary>Between subscribers' networks nothing is translated; their policies hold all the same.</summary>
    internal DropReason ForwardInside(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.ForwardUntranslated;
        if (!exempt.IsAllowed(in frame.Key, nowMs))
            return DropReason.Policy;
        ushort path = shard.Resolver.Inside(MappedAddress.OfBe(frame.Key.DstAddrBe), frame.Key.Zone);
        return path == PathTable.None ? DropReason.NoRoute : ForwardAsIs(ref frame, bytes, path, verdict);
    }

    /// <summary>To and from a destination that is exempt from translation.</summary>
    internal DropReason ForwardExempt(ref FrameDescriptor frame, Span<byte> bytes, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.ForwardUntranslated;
        if (!exempt.IsAllowed(in frame.Key, nowMs))
            return DropReason.Policy;
        ushort path = frame.Key.Side == Side.Lan
            ? shard.Resolver.Outside(MappedAddress.OfBe(frame.Key.DstAddrBe))
            : exempt.InsidePath(in frame.Key);
        return path == PathTable.None ? DropReason.NoRoute : ForwardAsIs(ref frame, bytes, path, verdict);
    }

    private DropReason ForwardAsIs(ref FrameDescriptor frame, Span<byte> bytes, ushort path, Verdict verdict)
    {
        DropReason reason = ways.CheckSize(bytes, in frame, path, becomesIpv6: false, out bool isCut);
        if (reason != DropReason.None)
            return reason;
        frame.PathIndex = path;
        NatRewriter.DecrementTtl(bytes, frame.L3Offset);
        return isCut ? fragmenter.TryCut(ref frame, ways.MtuBytes, verdict) : DropReason.None;
    }
}
