using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Family;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Ipv6;

/// <summary>
/// NAT64 (RFC 6146) as the stateless translation of RFC 7915 before and after NAT44: a subscriber is known to NAT44 by its stand-in IPv4 address, so
/// mappings, ports, filters, timers, hairpins and quotas are NAT44's.
/// </summary>
/// <remarks>Owner thread only; no allocation.</remarks>
internal sealed class Nat64Path(ShardState shard, Umem umem, Nat64Prefix prefix)
{
    private const int PortNoteBytes = 8;

    private readonly Ipv6State _ipv6 = shard.Ipv6;
    private readonly bool _isWellKnown = prefix.Prefix == Nat64Prefix.WellKnown;
    private ushort _identification = (ushort)shard.Hash.Of(1);

    /// <summary>Turns a packet from a subscriber to the prefix into IPv4 with the subscriber's stand-in as its source.</summary>
    /// <param name="frame">The descriptor; parsed anew on success.</param>
    /// <param name="bytes">The frame.</param>
    /// <param name="packet">The packet.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="verdict">Continue on success.</param>
    internal DropReason ToIpv4(ref FrameDescriptor frame, Span<byte> bytes, in Ipv6Packet packet, long nowMs, out Verdict verdict)
    {
        verdict = Verdict.Continue;
        DropReason reason = TryExtract(in packet.Destination, out uint dstAddrBe);
        if (reason != DropReason.None)
            return reason;

        bool isError = frame.Key.Protocol == IpProtocol.IcmpV6 && packet.Headers.HasTransportHeader && Icmpv6Type.IsError(frame.TcpFlags);
        int shiftBytes;
        int lengthBytes;
        if (isError)
        {
            reason = ErrorToIpv4(in frame, bytes, in packet, dstAddrBe, out shiftBytes, out lengthBytes);
        }
        else
        {
            reason = TryFindStandIn(in packet.Source, frame.Key.Zone, nowMs, out uint standInBe);
            if (reason != DropReason.None)
                return reason;
            reason = Ipv6ToIpv4.TryTranslate(bytes, frame.L3Offset, standInBe, dstAddrBe, ++_identification, out shiftBytes, out lengthBytes);
        }

        if (reason != DropReason.None)
            return reason;
        Reparse(ref frame, shiftBytes, lengthBytes);
        _ipv6.Counters.BecameIpv4++;
        return DropReason.None;
    }

    /// <summary>Turns a frame that NAT44 has sent to a stand-in address back into IPv6; others are left alone.</summary>
    /// <param name="frame">IPv4, as NAT44 left it.</param>
    /// <param name="verdict">NAT44's.</param>
    /// <returns>The verdict, or Drop (counted) for what has no counterpart.</returns>
    internal Verdict AfterNat44(ref FrameDescriptor frame, Verdict verdict)
    {
        bool goesInside = (verdict == Verdict.Forward && frame.Key.Side == Side.Wan) || (verdict == Verdict.Reflect && frame.Key.Side == Side.Lan);
        if (!goesInside)
            return verdict;
        Span<byte> packet = umem.Frame(frame.FrameOffset, frame.LengthBytes)[frame.L3Offset..];
        uint standInBe = MemoryMarshal.Read<uint>(packet[16..]);
        if (!StandInAddress.Is(standInBe))
            return verdict;
        DropReason reason = ToIpv6(ref frame, packet, standInBe);
        if (reason == DropReason.None)
        {
            _ipv6.Counters.BecameIpv6++;
            return verdict;
        }

        shard.Drops.Add(reason);
        return Verdict.Drop;
    }

    private DropReason TryExtract(in Ipv6Address address, out uint addressBe)
    {
        if (!prefix.TryExtract(in address, out addressBe))
            return DropReason.UntranslatableFamily;
        uint host = BinaryPrimitives.ReverseEndianness(addressBe);
        if (Martian.IsNotForwardable(host) || shard.IsLan(host))
            return DropReason.MartianAddress;

        // RFC 6052 section 3.1: the well-known prefix does not stand for private addresses.
        bool isPrivate = host >> 24 == 10 || host >> 20 == 0xAC1 || host >> 16 == 0xC0A8 || host >> 22 == (100 << 2) + 1;
        return _isWellKnown && isPrivate ? DropReason.MartianAddress : DropReason.None;
    }

    private DropReason TryFindStandIn(in Ipv6Address source, ushort zone, long nowMs, out uint standInBe)
    {
        standInBe = 0;
        if (_ipv6.Settings.SubscriberBits == 64)
        {
            uint owner = _ipv6.FindUser(in source, zone);
            if (owner != FlowTable.None && shard.Users[owner].PolicyVerdict == Verdict.Drop)
                return DropReason.Policy;
        }

        uint index = _ipv6.Subscribers.FindOrAdd(in source, zone, nowMs, out bool isNewUser);
        if (index == FlowTable.None)
            return DropReason.UserTableFull;
        if (isNewUser)
            shard.Counters.UsersSeen++;
        standInBe = _ipv6.Subscribers.StandInBe(index);
        return DropReason.None;
    }

    // An error from inside, by a subscriber or a router before it, is about a packet that came to a subscriber: it appears as from that one.
    private DropReason ErrorToIpv4(
        ref readonly FrameDescriptor frame, Span<byte> bytes, in Ipv6Packet packet, uint dstAddrBe, out int shiftBytes, out int lengthBytes)
    {
        shiftBytes = lengthBytes = 0;
        DropReason reason = Icmpv6ErrorParser.TryParse(bytes, frame.L3Offset, out Icmpv6ErrorQuote quote);
        if (reason != DropReason.None)
            return reason;
        if (quote.OuterChecksum == ChecksumState.Invalid)
            return DropReason.IcmpErrorBadChecksum;
        uint index = _ipv6.Subscribers.Find(quote.Dst, frame.Key.Zone);
        if (index == FlowTable.None || quote.Src != packet.Destination)
            return DropReason.IcmpErrorNoFlow;
        uint standInBe = _ipv6.Subscribers.StandInBe(index);
        int mtuMax = shard.Paths[shard.Resolver.Outside(MappedAddress.OfBe(dstAddrBe))].MtuBytes;
        return IcmpErrorToIpv4.TryTranslate(
            bytes, frame.L3Offset, in quote, new Ipv4Pair(standInBe, dstAddrBe), new Ipv4Pair(dstAddrBe, standInBe), mtuMax, out shiftBytes, out lengthBytes);
    }

    private DropReason ToIpv6(ref FrameDescriptor frame, ReadOnlySpan<byte> packet, uint standInBe)
    {
        uint index = _ipv6.Subscribers.IndexOf(standInBe);
        if (index == FlowTable.None)
            return DropReason.NoMapping;
        Ipv6Address subscriber = _ipv6.Subscribers[index].Address;
        Ipv6Address source = prefix.Embed(MemoryMarshal.Read<uint>(packet[12..]));
        bool isError = packet[9] == IpProtocol.Icmp && IsWholeError(packet);

        // The room begins behind the port's note, so that the packet cannot grow over it.
        uint chunk = umem.ChunkOf(frame.FrameOffset) + PortNoteBytes;
        int start = (int)(frame.FrameOffset - chunk);
        Span<byte> room = umem.Frame(chunk, start + frame.LengthBytes);
        int lengthBytes;
        DropReason reason = isError
            ? ErrorToIpv6(in frame, room, ref start, new Ipv6Pair(source, subscriber), out lengthBytes)
            : Ipv4ToIpv6.TryTranslate(
                room, ref start, frame.L3Offset, in source, in subscriber, _ipv6.Settings.Nat64ComputesUdpChecksum, out lengthBytes);
        if (reason != DropReason.None)
            return reason;
        if (lengthBytes - frame.L3Offset > shard.Paths[frame.PathIndex].MtuBytes)
            return DropReason.PacketTooBig;
        frame.FrameOffset = chunk + (uint)start;
        frame.LengthBytes = (ushort)lengthBytes;
        frame.Kind = PacketKind.IPv6;
        return DropReason.None;
    }

    private static bool IsWholeError(ReadOnlySpan<byte> packet)
    {
        int headerBytes = (packet[0] & 0x0F) * 4;
        return packet.Length > headerBytes && IcmpType.IsError(packet[headerBytes]);
    }

    private DropReason ErrorToIpv6(ref readonly FrameDescriptor frame, Span<byte> room, ref int start, in Ipv6Pair outer, out int lengthBytes)
    {
        lengthBytes = 0;
        DropReason reason = IcmpErrorParser.TryParse(room[start..], frame.L3Offset, isCaptured: false, out IcmpErrorQuote quote);
        if (reason != DropReason.None)
            return reason;
        var quoted = new Ipv6Pair(outer.Dst, prefix.Embed(quote.DstAddrBe));
        int mtuMax = shard.Paths[frame.PathIndex].MtuBytes;
        return IcmpErrorToIpv6.TryTranslate(room, ref start, frame.L3Offset, in quote, in outer, in quoted, mtuMax, out lengthBytes);
    }

    private void Reparse(ref FrameDescriptor frame, int shiftBytes, int lengthBytes)
    {
        frame.FrameOffset += (uint)shiftBytes;
        frame.LengthBytes = (ushort)lengthBytes;
        frame.Flags |= FrameFlags.FamilyTranslated;
        FrameParser.ParseBatch(umem, MemoryMarshal.CreateSpan(ref frame, 1), frame.Key.Zone, Side.Lan, shard.Hash);
    }
}
