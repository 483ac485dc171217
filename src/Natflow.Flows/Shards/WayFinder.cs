using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Packets.Family;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Shards;

/// <summary>Finds the way of an IPv4 packet and whether the packet fits it.</summary>
/// <remarks>Owner thread only.</remarks>
internal sealed class WayFinder(ShardState shard)
{
    private const int GrowthBytes = Ipv6HeaderWalker.Ipv6Bytes - Ipv4Header.BytesMin;
    private const int Ipv4MtuMin = 68; // RFC 791 section 3.2.

    /// <summary>What the last packet that was checked may have, IPv4 header included; 0 where nothing limits it.</summary>
    internal ushort MtuBytes { get; private set; }

    /// <summary>Finds the way of a flow's packet. A hairpinned one takes none in its first pass.</summary>
    /// <param name="bytes">The frame.</param>
    /// <param name="frame">Its descriptor.</param>
    /// <param name="flow">Its flow.</param>
    /// <param name="path">The way.</param>
    /// <param name="isCut">It must be cut to <see cref="MtuBytes"/>.</param>
    internal DropReason Find(
        ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame, ref readonly FlowRecord flow, out ushort path, out bool isCut)
    {
        path = PathTable.None;
        isCut = false;
        if (IsHairpin(in frame, in flow))
            return DropReason.None;
        path = frame.Key.Side == Side.Lan ? shard.OutsidePath(in flow) : shard.InsidePath(flow.UserIndex);
        if (path == PathTable.None)
            return DropReason.NoRoute;
        return CheckSize(bytes, in frame, path, frame.Key.Side == Side.Wan && StandInAddress.Is(flow.InsideAddrBe), out isCut);
    }

    /// <summary>
    /// Whether a packet fits its way (RFC 4787 REQ-13): if not, it is cut where its sender allows that. One that NAT64 makes longer afterwards must
    /// leave room for that (RFC 7915 section 4), and the way's MTU stands for the least one of the network behind it.
    /// </summary>
    internal DropReason CheckSize(ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame, ushort path, bool becomesIpv6, out bool isCut)
    {
        bool isFragment = ((bytes[frame.L3Offset + 6] & 0x3F) | bytes[frame.L3Offset + 7]) != 0;
        bool mayNotBeCut = (bytes[frame.L3Offset + 6] & 0x40) != 0;
        int mtuBytes = shard.Paths[path].MtuBytes;
        if (becomesIpv6 && mtuBytes != 0)
            mtuBytes = Math.Max(mtuBytes - (isFragment ? Ipv4ToIpv6.GrowthBytesMax : GrowthBytes), Ipv4MtuMin);
        isCut = mtuBytes != 0 && L3Bytes(bytes, in frame) > mtuBytes;
        if (becomesIpv6 && isCut && !isFragment && !mayNotBeCut)
            mtuBytes = Math.Max(mtuBytes - Ipv6HeaderWalker.FragmentHeaderBytes, Ipv4MtuMin); // Its parts need a fragment header each.
        MtuBytes = (ushort)mtuBytes;
        return isCut && mayNotBeCut ? DropReason.PacketTooBig : DropReason.None;
    }

    /// <summary>Whether a packet is in the first pass of a hairpin.</summary>
    internal static bool IsHairpin(ref readonly FrameDescriptor frame, ref readonly FlowRecord flow) =>
        frame.Key.Side == Side.Lan && (flow.Flags & FlowFlags.Hairpin) != FlowFlags.None;

    /// <summary>Length of the IPv4 packet; of a captured segmentation-offload frame, that of what is there.</summary>
    internal static uint L3Bytes(ReadOnlySpan<byte> bytes, ref readonly FrameDescriptor frame)
    {
        ushort total = BinaryPrimitives.ReadUInt16BigEndian(bytes[(frame.L3Offset + 2)..]);
        return total != 0 ? total : (uint)(frame.LengthBytes - frame.L3Offset);
    }
}
