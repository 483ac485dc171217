using System.Buffers.Binary;
using System.Text;
using Natflow.Core;
using Natflow.Packets.Link;

namespace Natflow.Offload.Flower;

/// <summary>Reads rules as the kernel gives them back, with counters. Total: any bytes give a status.</summary>
internal static class FlowerDecoder
{
    private const ushort PortMaskFirst = 35;
    private const ushort InHardwareCount = 86;

    // Without a translation an address or port leaves as it came; known only when all keys have been read.
    private ref struct Seen
    {
        internal bool HasProtocol;
        internal bool HasAddresses;
        internal bool HasMirred;
        internal FlowerRule Edits;
    }

    /// <summary>Reads the payload of RTM_NEWTFILTER.</summary>
    /// <param name="payload">What follows the netlink header.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="statistics">Its counters; 0 where the kernel gave none.</param>
    internal static FlowerStatus TryDecode(ReadOnlySpan<byte> payload, out FlowerRule rule, out FlowerStatistics statistics)
    {
        rule = default;
        statistics = default;
        if (payload.Length < TcNumber.FixedBytes) return FlowerStatus.Malformed;
        rule.InterfaceIndex = BinaryPrimitives.ReadInt32LittleEndian(payload[4..]);
        rule.Handle = BinaryPrimitives.ReadUInt32LittleEndian(payload[8..]);
        rule.Priority = BinaryPrimitives.ReadUInt16LittleEndian(payload[18..]);

        ReadOnlySpan<byte> kind = default;
        ReadOnlySpan<byte> options = default;
        var reader = new TcReader(payload[TcNumber.FixedBytes..]);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == TcNumber.Kind) kind = value;
            if (type == TcNumber.Options) options = value;
        }

        if (reader.IsMalformed) return FlowerStatus.Malformed;
        return kind.SequenceEqual("flower\0"u8) ? DecodeOptions(options, ref rule, ref statistics) : FlowerStatus.OtherKind;
    }

    private static FlowerStatus DecodeOptions(ReadOnlySpan<byte> options, ref FlowerRule rule, ref FlowerStatistics statistics)
    {
        var seen = default(Seen);
        ReadOnlySpan<byte> actions = default;
        var reader = new TcReader(options);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == TcNumber.Actions)
                actions = value;
            else if (!TryTakeKey(type, value, ref rule, ref seen))
                return FlowerStatus.Foreign;
        }

        if (reader.IsMalformed) return FlowerStatus.Malformed;
        seen.Edits = rule with { NewSrc = (uint)rule.Src, NewDst = (uint)rule.Dst, NewSrcPort = rule.SrcPort, NewDstPort = rule.DstPort };
        if (rule.IsIpv6) seen.Edits = rule;
        FlowerStatus status = DecodeActions(actions, ref seen, ref statistics);
        rule = seen.Edits;
        if (status != FlowerStatus.Decoded) return status;
        return seen.HasProtocol && seen.HasAddresses && seen.HasMirred ? FlowerStatus.Decoded : FlowerStatus.Foreign;
    }

    private static bool TryTakeKey(ushort type, ReadOnlySpan<byte> value, ref FlowerRule rule, ref Seen seen)
    {
        switch (type)
        {
            case TcNumber.InDevice:
                rule.InDevice = Encoding.UTF8.GetString(value).TrimEnd('\0');
                return true;
            case TcNumber.IpProtocol when value.Length == 1:
                rule.Protocol = value[0];
                seen.HasProtocol = value[0] is IpProtocol.Tcp or IpProtocol.Udp;
                return seen.HasProtocol;
            case TcNumber.Ipv4Src when value.Length == 4:
                rule.Src = BinaryPrimitives.ReadUInt32BigEndian(value);
                return true;
            case TcNumber.Ipv4Dst when value.Length == 4:
                rule.Dst = BinaryPrimitives.ReadUInt32BigEndian(value);
                return seen.HasAddresses = true;
            case TcNumber.Ipv6Src when value.Length == 16:
                rule.Src = BinaryPrimitives.ReadUInt128BigEndian(value);
                return rule.IsIpv6 = true;
            case TcNumber.Ipv6Dst when value.Length == 16:
                rule.Dst = BinaryPrimitives.ReadUInt128BigEndian(value);
                return seen.HasAddresses = true;
            case TcNumber.TcpSrc or TcNumber.UdpSrc when value.Length == 2:
                rule.SrcPort = BinaryPrimitives.ReadUInt16BigEndian(value);
                return true;
            case TcNumber.TcpDst or TcNumber.UdpDst when value.Length == 2:
                rule.DstPort = BinaryPrimitives.ReadUInt16BigEndian(value);
                return true;
            default:
                return TryTakeOther(type, value, ref rule);
        }
    }

    private static bool TryTakeOther(ushort type, ReadOnlySpan<byte> value, ref FlowerRule rule)
    {
        switch (type)
        {
            case TcNumber.Flags when value.Length == 4:
                rule.Flags = BinaryPrimitives.ReadUInt32LittleEndian(value);
                return true;
            case TcNumber.VlanId when value.Length == 2:
                rule.InVlan = BinaryPrimitives.ReadUInt16LittleEndian(value);
                return true;
            case TcNumber.Ipv4SrcMask or TcNumber.Ipv4DstMask or TcNumber.Ipv6SrcMask or TcNumber.Ipv6DstMask:
                return !value.ContainsAnyExcept((byte)0xFF);
            case PortMaskFirst or PortMaskFirst + 1 or PortMaskFirst + 2 or PortMaskFirst + 3:
                return !value.ContainsAnyExcept((byte)0xFF);
            case TcNumber.EtherType or TcNumber.VlanEtherType when value.Length == 2:
                return BinaryPrimitives.ReadUInt16BigEndian(value) is EtherType.Ipv4 or EtherType.Ipv6 or EtherType.Vlan;
            case InHardwareCount:
                return true;
            default:
                return false;
        }
    }

    private static FlowerStatus DecodeActions(ReadOnlySpan<byte> actions, ref Seen seen, ref FlowerStatistics statistics)
    {
        var reader = new TcReader(actions);
        while (reader.TryNext(out _, out ReadOnlySpan<byte> action))
        {
            FlowerStatus status = DecodeAction(action, ref seen, ref statistics);
            if (status != FlowerStatus.Decoded) return status;
        }

        return reader.IsMalformed ? FlowerStatus.Malformed : FlowerStatus.Decoded;
    }

    private static FlowerStatus DecodeAction(ReadOnlySpan<byte> action, ref Seen seen, ref FlowerStatistics statistics)
    {
        ReadOnlySpan<byte> kind = default;
        ReadOnlySpan<byte> options = default;
        ReadOnlySpan<byte> counters = default;
        ReadOnlySpan<byte> cookie = default;
        var reader = new TcReader(action);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == TcNumber.Kind) kind = value;
            if (type == TcNumber.Options) options = value;
            if (type == TcNumber.ActionStatistics) counters = value;
            if (type == TcNumber.ActionCookie) cookie = value;
        }

        if (reader.IsMalformed) return FlowerStatus.Malformed;
        if (kind.SequenceEqual("pedit\0"u8)) return PeditDecoder.TryDecode(options, ref seen.Edits);
        if (kind.SequenceEqual("csum\0"u8)) return FlowerStatus.Decoded;
        if (kind.SequenceEqual("vlan\0"u8)) return DecodeVlan(options, ref seen.Edits);
        if (!kind.SequenceEqual("mirred\0"u8)) return FlowerStatus.Foreign;

        if (cookie.Length == sizeof(ulong)) seen.Edits.Cookie = BinaryPrimitives.ReadUInt64LittleEndian(cookie);
        seen.HasMirred = true;
        return MirredDecoder.TryDecode(options, counters, ref seen.Edits, ref statistics);
    }

    private static FlowerStatus DecodeVlan(ReadOnlySpan<byte> options, ref FlowerRule rule)
    {
        uint what = 0;
        ushort vlanId = 0;
        var reader = new TcReader(options);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == TcNumber.VlanParameters && value.Length >= 24) what = BinaryPrimitives.ReadUInt32LittleEndian(value[20..]);
            if (type == TcNumber.VlanPushId && value.Length == 2) vlanId = BinaryPrimitives.ReadUInt16LittleEndian(value);
        }

        if (reader.IsMalformed) return FlowerStatus.Malformed;
        if (what == TcNumber.VlanPop) return FlowerStatus.Decoded; // What comes in is in the key.
        if (what != TcNumber.VlanPush || vlanId == 0 || rule.InnerOutVlan != 0) return FlowerStatus.Foreign;
        rule.InnerOutVlan = rule.OutVlan; // The inner tag is pushed first.
        rule.OutVlan = vlanId;
        return FlowerStatus.Decoded;
    }
}
