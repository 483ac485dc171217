using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Packets;
using Natflow.Packets.Family;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;
using Natflow.Packets.Transport;

namespace Natflow.Flows.Ipv6;

/// <summary>NPTv6 and NAT66: which inside address stands behind an outside one, and the rewrite both ways. Owner thread only.</summary>
internal sealed class Ipv6Translation(Ipv6State state)
{
    private const int EchoIdentifierOffset = 4;

    /// <summary>Whether an address is one that subscribers have on the outside.</summary>
    internal bool IsOutside(in Ipv6Address address)
    {
        foreach (PrefixTranslator translator in state.Translators)
        {
            if (translator.Outside.Contains(in address))
                return true;
        }

        return state.Nat66 is { } nat66 && nat66.IndexOf(in address) >= 0;
    }

    /// <summary>Resolves the destination of a packet from outside.</summary>
    /// <param name="outside">Address as the outside has it.</param>
    /// <param name="outsidePortBe">Port or echo identifier; 0 where there is none.</param>
    /// <param name="protocol">Transport.</param>
    /// <param name="inside">The subscriber's address; the same in native mode.</param>
    /// <param name="insidePortBe">The subscriber's port.</param>
    /// <param name="mappingIndex">NAT66 mapping, or <see cref="FlowTable.None"/>.</param>
    internal DropReason TryFindInside(
        Ipv6Address outside, ushort outsidePortBe, byte protocol, out Ipv6Address inside, out ushort insidePortBe, out uint mappingIndex)
    {
        inside = outside;
        insidePortBe = outsidePortBe;
        mappingIndex = FlowTable.None;
        if (state.Nat66 is { } nat66)
        {
            int addressIndex = nat66.IndexOf(in outside);
            if (addressIndex < 0)
                return DropReason.NoRoute;
            mappingIndex = nat66.FindExternal(addressIndex, outsidePortBe, protocol);
            if (mappingIndex == FlowTable.None)
                return DropReason.NoMapping;
            inside = nat66[mappingIndex].Inside;
            insidePortBe = nat66[mappingIndex].InsidePortBe;
            return DropReason.None;
        }

        foreach (PrefixTranslator translator in state.Translators)
        {
            if (translator.Inside.Contains(in outside))
                return DropReason.NoRoute;
            if (translator.Outside.Contains(in outside))
                return translator.TryToInside(in outside, out inside) ? DropReason.None : DropReason.UntranslatableFamily;
        }

        return DropReason.None;
    }

    /// <summary>The outside address of a subscriber, for NPTv6; its own where no pair holds it.</summary>
    internal DropReason TryToOutside(in Ipv6Address inside, out Ipv6Address outside)
    {
        outside = inside;
        foreach (PrefixTranslator translator in state.Translators)
        {
            if (translator.Inside.Contains(in inside))
                return translator.TryToOutside(in inside, out outside) ? DropReason.None : DropReason.UntranslatableFamily;
        }

        return DropReason.None;
    }

    /// <summary>Puts the other side's address, and for NAT66 port, on a packet of a flow.</summary>
    /// <param name="packet">The packet; a fragment without transport header gets no port.</param>
    /// <param name="side">Where it came from.</param>
    /// <param name="flow">Its flow.</param>
    internal DropReason Apply(ref readonly Ipv6Packet packet, Side side, ref readonly Ipv6FlowRecord flow)
    {
        int offset = side == Side.Lan ? Ipv6Rewriter.SrcOffset : Ipv6Rewriter.DstOffset;
        if (state.Nat66 is not { } nat66)
        {
            Ipv6Address other = flow.Inside;
            DropReason reason = side == Side.Lan ? TryToOutside(in flow.Inside, out other) : DropReason.None;
            if (reason == DropReason.None)
                other.Write(packet.Bytes[offset..]);
            return reason;
        }

        ref Nat66Mapping mapping = ref nat66[flow.MappingIndex];
        Ipv6Address newAddress = side == Side.Lan ? nat66.AddressOf(in mapping) : flow.Inside;
        Ipv6Address oldAddress = side == Side.Lan ? packet.Source : packet.Destination;
        newAddress.Write(packet.Bytes[offset..]);
        if (!packet.Headers.HasTransportHeader)
            return DropReason.None;

        Span<byte> l4 = packet.Bytes[packet.Headers.L4Offset..];
        int portOffset = flow.Protocol == IpProtocol.IcmpV6 ? EchoIdentifierOffset : side == Side.Lan ? 0 : 2;
        ushort delta = Checksum.Combine(
            Ipv6Rewriter.Delta(in oldAddress, in newAddress), SetPort(l4, portOffset, side == Side.Lan ? mapping.ExternalPortBe : mapping.InsidePortBe));
        _ = Ipv6Rewriter.ApplyDelta(l4, TransportHeader.ChecksumOffset(flow.Protocol), delta, flow.Protocol);
        return DropReason.None;
    }

    /// <summary>Puts the other side's addresses on an error and on the packet it quotes.</summary>
    internal DropReason ApplyToError(Span<byte> bytes, ref readonly FrameDescriptor frame, in Icmpv6ErrorQuote quote, ref readonly Ipv6FlowRecord flow)
    {
        Side side = frame.Key.Side;
        Span<byte> header = bytes[frame.L3Offset..];
        int outerOffset = side == Side.Lan ? Ipv6Rewriter.SrcOffset : Ipv6Rewriter.DstOffset;
        int quotedOffset = quote.Ipv6Offset + (side == Side.Lan ? Ipv6Rewriter.DstOffset : Ipv6Rewriter.SrcOffset);
        Ipv6Address outerOld = Ipv6Address.Read(header[outerOffset..]);
        if (state.Nat66 is not { } nat66)
        {
            // Neutral to every checksum, so the quote's as well as the error's stay right. A router inside may be outside all pairs.
            Ipv6Address quotedNew = flow.Inside;
            Ipv6Address outerNew = flow.Inside;
            if (side == Side.Lan && (TryToOutside(in flow.Inside, out quotedNew) != DropReason.None || TryToOutside(in outerOld, out outerNew) != DropReason.None))
                return DropReason.UntranslatableFamily;
            quotedNew.Write(bytes[quotedOffset..]);
            outerNew.Write(header[outerOffset..]);
            return DropReason.None;
        }

        ref Nat66Mapping mapping = ref nat66[flow.MappingIndex];
        Ipv6Address other = side == Side.Lan ? nat66.AddressOf(in mapping) : flow.Inside;
        Ipv6Address quotedOld = side == Side.Lan ? quote.Dst : quote.Src;
        other.Write(bytes[quotedOffset..]);
        other.Write(header[outerOffset..]);
        int portOffset = flow.Protocol == IpProtocol.IcmpV6 ? EchoIdentifierOffset : side == Side.Lan ? 2 : 0;
        ushort quotedDelta = Checksum.Combine(
            Ipv6Rewriter.Delta(in quotedOld, in other),
            SetPort(bytes[quote.L4Offset..], portOffset, side == Side.Lan ? mapping.ExternalPortBe : mapping.InsidePortBe));
        ushort changed = Checksum.Combine(quotedDelta, Ipv6Rewriter.Delta(in outerOld, in other));
        if (quote.L4ChecksumOffset != 0)
            changed = Checksum.Combine(changed, Ipv6Rewriter.ApplyDelta(bytes, quote.L4ChecksumOffset, quotedDelta, flow.Protocol));
        _ = Ipv6Rewriter.ApplyDelta(bytes, quote.IcmpOffset + 2, changed, IpProtocol.IcmpV6);
        return DropReason.None;
    }

    private static ushort SetPort(Span<byte> l4, int offset, ushort portBe)
    {
        ushort oldBe = MemoryMarshal.Read<ushort>(l4[offset..]);
        MemoryMarshal.Write(l4[offset..], portBe);
        return Checksum.Delta(oldBe, portBe);
    }
}
