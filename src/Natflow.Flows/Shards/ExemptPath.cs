using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Fragments;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Packets.Icmp;

namespace Natflow.Flows.Shards;

/// <summary>Destinations that are reached without translation (RFC 6888 REQ-6): no flow, no mapping; the rule is the same for both directions.</summary>
/// <remarks>Owner thread only. Cost: the rules, at most 64, for each packet that no flow claims.</remarks>
internal sealed class ExemptPath(ShardState shard)
{
    // No flow has this slot.
    private const uint ExemptDatagram = FlowTable.None - 1;

    private NatSettings _rulesOf = shard.Settings;
    private ExemptDestination[] _rules = [.. shard.Settings.ExemptDestinations];

    /// <summary>Whether a packet goes untranslated. A first fragment is remembered for the others.</summary>
    internal bool Covers(ref readonly FrameDescriptor frame, ReadOnlySpan<byte> bytes, long nowMs)
    {
        if (!ReferenceEquals(_rulesOf, shard.Settings))
            TakeRules();
        if (_rules.Length == 0)
            return false;
        ref readonly FlowKey key = ref frame.Key;
        bool isOutbound = key.Side == Side.Lan;
        if (!isOutbound && !shard.IsLan(BinaryPrimitives.ReverseEndianness(key.DstAddrBe)))
            return false;
        uint remote = isOutbound ? key.DstAddrBe : key.SrcAddrBe;
        ushort port = isOutbound ? key.DstPortBe : key.SrcPortBe;
        return frame.Kind switch
        {
            PacketKind.Fragment => CoversFragment(in frame, bytes, remote, port, nowMs),
            PacketKind.IcmpError => CoversQuoted(in frame, bytes),
            _ => IsMatch(remote, port, key.Protocol),
        };
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // Once after a reload.
    private void TakeRules()
    {
        _rulesOf = shard.Settings;
        _rules = [.. _rulesOf.ExemptDestinations];
    }

    /// <summary>Whether policy lets the subscriber's packet pass.</summary>
    internal bool IsAllowed(ref readonly FlowKey key, long nowMs)
    {
        bool isFromInside = key.Side == Side.Lan;
        FlowKey outKey = isFromInside ? key : key with { SrcAddrBe = key.DstAddrBe, DstAddrBe = key.SrcAddrBe, SrcPortBe = key.DstPortBe, DstPortBe = key.SrcPortBe };
        return shard.Policies.IsAllowed(outKey.SrcAddrBe, key.Zone, in outKey, isFromInside, nowMs);
    }

    /// <summary>The way to the subscriber that an answer is for.</summary>
    internal ushort InsidePath(ref readonly FlowKey key)
    {
        uint user = shard.Users.Find(key.DstAddrBe, key.Zone);
        return user != FlowTable.None ? shard.InsidePath(user) : shard.Resolver.Inside(MappedAddress.OfBe(key.DstAddrBe), key.Zone);
    }

    private bool CoversFragment(ref readonly FrameDescriptor frame, ReadOnlySpan<byte> bytes, uint remote, ushort port, long nowMs)
    {
        ReadOnlySpan<byte> header = bytes[frame.L3Offset..];
        ushort identificationBe = MemoryMarshal.Read<ushort>(header[4..]);
        bool isFirst = ((header[6] & 0x1F) | header[7]) == 0;
        if (!isFirst)
            return shard.Fragments.TryFind(in frame.Key, identificationBe, nowMs, out FragmentContext known) && known.Value == ExemptDatagram;
        return IsMatch(remote, port, frame.Key.Protocol)
            && shard.Fragments.TryAdd(in frame.Key, identificationBe, new FragmentContext(ExemptDatagram, identificationBe, 0), nowMs);
    }

    private bool CoversQuoted(ref readonly FrameDescriptor frame, ReadOnlySpan<byte> bytes)
    {
        bool isCaptured = (frame.Flags & FrameFlags.Captured) != FrameFlags.None;
        if (IcmpErrorParser.TryParse(bytes, frame.L3Offset, isCaptured, out IcmpErrorQuote quote) != DropReason.None)
            return false;
        return frame.Key.Side == Side.Lan
            ? IsMatch(quote.SrcAddrBe, quote.SrcPortBe, quote.Protocol)
            : IsMatch(quote.DstAddrBe, quote.DstPortBe, quote.Protocol);
    }

    private bool IsMatch(uint addressBe, ushort portBe, byte protocol)
    {
        uint address = BinaryPrimitives.ReverseEndianness(addressBe);
        ushort port = protocol is IpProtocol.Tcp or IpProtocol.Udp ? BinaryPrimitives.ReverseEndianness(portBe) : (ushort)0;
        foreach (ExemptDestination rule in _rules)
        {
            if (rule.Covers(address, port, protocol))
                return true;
        }

        return false;
    }
}
