using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Shards;

/// <summary>What a packet's addresses say before any flow is looked for: for the host, for the gateway itself, or not to be forwarded.</summary>
/// <remarks>Owner thread only.</remarks>
internal sealed class AddressRules(ShardState shard)
{
    /// <summary>
    /// Whether a packet that is to be dropped is the box's own. Its address may be a public one too: what no mapping claims there is for the box, whatever
    /// its protocol and TTL. The kernel has seen it already, but for answers, errors and fragments, which might have been a subscriber's. A port of
    /// the pool is never the box's.
    /// </summary>
    internal bool IsOwnTraffic(ref FrameDescriptor frame, DropReason reason)
    {
        ref readonly FlowKey key = ref frame.Key;
        bool isUnclaimed = reason is DropReason.NoMapping or DropReason.IcmpErrorNoFlow or DropReason.UnsupportedProtocol or DropReason.UnsupportedIcmp
            or DropReason.FragmentUnknown
            || (reason == DropReason.TtlExpired && shard.Flows.Find(in key, frame.Hash) == FlowTable.None
                && shard.Mappings.FindExternal(key.DstAddrBe, key.DstPortBe, key.Protocol) == FlowTable.None);
        if (!isUnclaimed || !shard.Resolver.IsLocal(MappedAddress.OfBe(key.DstAddrBe)))
            return false;
        if (frame.Kind is PacketKind.IcmpError or PacketKind.Fragment || (frame.Kind == PacketKind.Flow && key.Protocol == IpProtocol.Icmp))
        {
            frame.Flags |= FrameFlags.HostMissed;
            return true;
        }

        return frame.Kind != PacketKind.Flow || !IsPoolPort(in key);
    }

    /// <summary>
    /// Multicast and broadcast are the host's affair (DHCP, mDNS, routing protocols), as is what goes to the box itself and, where nobody routes it
    /// here, traffic between subscribers' own networks.
    /// </summary>
    internal bool IsForHost(ref readonly FlowKey key)
    {
        uint destination = BinaryPrimitives.ReverseEndianness(key.DstAddrBe);
        if (Martian.IsMulticastOrBroadcast(destination))
            return true;
        if (shard.Resolver.IsLocal(MappedAddress.OfBe(key.DstAddrBe)))
            return shard.Pool.IndexOf(key.DstAddrBe) < 0 || (key.Side == Side.Lan && key.Protocol is IpProtocol.Tcp or IpProtocol.Udp && !IsPoolPort(in key));
        return key.Side == Side.Lan && !shard.Resolver.RoutesInside && IsSubscribers(destination);
    }

    /// <summary>Whether an address (host byte order) is a subscriber's, where it is known which are.</summary>
    internal bool IsSubscribers(uint destination) => shard.LanPrefixes.Length != 0 && shard.IsLan(destination);

    /// <summary>Whether a packet may be forwarded by its addresses and its TTL.</summary>
    internal DropReason Check(ref readonly FrameDescriptor frame, ReadOnlySpan<byte> bytes)
    {
        // A stand-in address was an IPv6 subscriber's, whose own address has been judged.
        if ((frame.Flags & FrameFlags.FamilyTranslated) != FrameFlags.None && frame.Key.Side == Side.Lan)
            return bytes[frame.L3Offset + 8] <= 1 ? DropReason.TtlExpired : DropReason.None;

        uint source = BinaryPrimitives.ReverseEndianness(frame.Key.SrcAddrBe);
        if (Martian.IsNotForwardable(source) || Martian.IsNotForwardable(BinaryPrimitives.ReverseEndianness(frame.Key.DstAddrBe)))
            return DropReason.MartianAddress;
        if (shard.LanPrefixes.Length != 0 && shard.IsLan(source) != (frame.Key.Side == Side.Lan))
            return DropReason.SpoofedSource;
        bool isOurs = shard.Pool.IndexOf(frame.Key.SrcAddrBe) >= 0;
        if (isOurs && (frame.Flags & FrameFlags.Hairpinned) == FrameFlags.None)
            return DropReason.SpoofedSource;
        return bytes[frame.L3Offset + 8] <= 1 ? DropReason.TtlExpired : DropReason.None;
    }

    /// <summary>An echo request to a public address is the gateway's own to answer, whoever sends it.</summary>
    internal bool IsEchoToUs(ref readonly FrameDescriptor frame) => frame.Kind == PacketKind.Flow && frame.Key.Protocol == IpProtocol.Icmp
        && frame.TcpFlags == IcmpType.EchoRequest && shard.Pool.IndexOf(frame.Key.DstAddrBe) is >= 0 and int index && !shard.Pool.IsStatic(index);

    private bool IsPoolPort(ref readonly FlowKey key)
    {
        ushort port = BinaryPrimitives.ReverseEndianness(key.DstPortBe);
        return (port >= shard.Settings.PortFirst && port <= shard.Settings.PortLast) || shard.Pool.IsForward(key.DstAddrBe, key.DstPortBe, key.Protocol);
    }
}
