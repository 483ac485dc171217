using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Link;

namespace Natflow.Offload.MediaTek;

/// <summary>What the engine's parser reads of a frame. Written for the emulator alone, apart from the gateway's own parser, so that the two can disagree.</summary>
internal struct EngineFrame
{
    private const int Ipv4HeaderBytes = 20;
    private const int Ipv6HeaderBytes = 40;
    private const int TagBytes = 4;
    private const int TagsMax = 2;

    internal int L3Offset;
    internal int L3Bytes;
    internal int L4Offset;
    internal bool IsIpv6;
    internal byte Protocol;
    internal byte Ttl;
    internal byte TcpFlags;
    internal UInt128 Src;
    internal UInt128 Dst;
    internal uint KeyWord;

    internal readonly bool IsUdp => Protocol == IpProtocol.Udp;

    internal readonly bool HasPorts => Protocol is IpProtocol.Tcp or IpProtocol.Udp;

    internal readonly FoePacketType Type => (IsIpv6, HasPorts) switch
    {
        (false, true) => FoePacketType.Ipv4Hnapt,
        (false, false) => FoePacketType.Ipv4Route,
        (true, true) => FoePacketType.Ipv6FiveTuple,
        (true, false) => FoePacketType.Ipv6ThreeTuple,
    };

    internal readonly bool EndsOrOpensTcp => Protocol == IpProtocol.Tcp
        && (TcpFlags & (Packets.TcpFlags.Fin | Packets.TcpFlags.Syn | Packets.TcpFlags.Rst)) != 0;

    internal readonly uint Hash() => IsIpv6 ? FoeHash.Ipv6(Src, Dst, KeyWord) : FoeHash.Ipv4((uint)Src, (uint)Dst, KeyWord);

    /// <summary>Whether an entry's key is the frame's.</summary>
    internal readonly bool Matches(ReadOnlySpan<byte> entry, in FoeIb1 ib1)
    {
        if (ib1.PacketType != (byte)Type || ib1.IsUdp != IsUdp) return false;
        int ports = IsIpv6 ? 36 : 12;
        if (BinaryPrimitives.ReadUInt32LittleEndian(entry[ports..]) != KeyWord) return false;
        return IsIpv6
            ? MatchesAddress(entry[4..], Src) && MatchesAddress(entry[20..], Dst)
            : BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]) == (uint)Src && BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]) == (uint)Dst;
    }

    /// <summary>Reads any bytes.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="hasSwitchTag">Four bytes of a switch tag follow the addresses.</param>
    /// <param name="read">The frame's fields, where the verdict is to go on.</param>
    /// <param name="reason">Why not, where it is <see cref="EngineVerdict.ToCpu"/>.</param>
    /// <returns><see cref="EngineVerdict.Forward"/> to go on.</returns>
    internal static EngineVerdict TryRead(ReadOnlySpan<byte> frame, bool hasSwitchTag, out EngineFrame read, out CpuReason reason)
    {
        read = default;
        reason = CpuReason.Invalid;
        if (frame.Length < LinkHeader.EthernetBytes + (hasSwitchTag ? TagBytes : 0)) return EngineVerdict.ToCpu;
        if ((frame[0] & 1) != 0) return ToCpu(CpuReason.Multicast, out reason);
        if (!TrySkipLink(frame, hasSwitchTag, out int offset, out ushort type)) return EngineVerdict.ToCpu;
        read.L3Offset = offset;
        return type switch
        {
            EtherType.Ipv4 => read.ReadIpv4(frame[offset..], out reason),
            EtherType.Ipv6 => read.ReadIpv6(frame[offset..], out reason),
            _ => ToCpu(CpuReason.NoFlow, out reason),
        };
    }

    private static bool TrySkipLink(ReadOnlySpan<byte> frame, bool hasSwitchTag, out int offset, out ushort type)
    {
        offset = 12 + (hasSwitchTag ? TagBytes : 0);
        type = BinaryPrimitives.ReadUInt16BigEndian(frame[offset..]);
        offset += 2;
        for (int tags = 0; tags < TagsMax && type is EtherType.Vlan or EtherType.ServiceVlan; tags++, offset += TagBytes)
        {
            if (frame.Length < offset + TagBytes) return false;
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[(offset + 2)..]);
        }

        if (type != EtherType.PppoeSession) return true;
        if (!PppoeHeader.TryRead(frame[offset..], out PppoeHeader pppoe)) return false;
        offset += PppoeHeader.SizeBytes;
        type = (pppoe.IsSession, pppoe.PppProtocol) switch
        {
            (true, EtherType.PppIpv4) => EtherType.Ipv4,
            (true, EtherType.PppIpv6) => EtherType.Ipv6,
            _ => EtherType.PppoeSession,
        };
        return true;
    }

    private EngineVerdict ReadIpv4(ReadOnlySpan<byte> packet, out CpuReason reason)
    {
        reason = CpuReason.Invalid;
        if (packet.Length < Ipv4HeaderBytes || packet[0] >> 4 != 4) return EngineVerdict.ToCpu;
        int headerBytes = (packet[0] & 15) * 4;
        L3Bytes = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (headerBytes < Ipv4HeaderBytes || L3Bytes < headerBytes || L3Bytes > packet.Length) return EngineVerdict.ToCpu;
        if (Checksum.Compute(packet[..headerBytes]) != 0) return EngineVerdict.Drop;
        if (headerBytes != Ipv4HeaderBytes) return ToCpu(CpuReason.Options, out reason);
        if ((BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x3FFF) != 0) return ToCpu(CpuReason.Fragment, out reason);

        Ttl = packet[8];
        Protocol = packet[9];
        Src = BinaryPrimitives.ReadUInt32BigEndian(packet[12..]);
        Dst = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]);
        L4Offset = L3Offset + Ipv4HeaderBytes;
        ReadOnlySpan<byte> segment = packet[Ipv4HeaderBytes..L3Bytes];
        EngineVerdict verdict = ReadTransport(segment);
        if (verdict != EngineVerdict.Forward || !HasPorts) return verdict;
        bool isUnchecked = IsUdp && BinaryPrimitives.ReadUInt16BigEndian(segment[6..]) == 0;
        return isUnchecked || TransportChecksum.Compute(packet.Slice(12, 8), Protocol, segment) == 0 ? EngineVerdict.Forward : EngineVerdict.Drop;
    }

    private EngineVerdict ReadIpv6(ReadOnlySpan<byte> packet, out CpuReason reason)
    {
        reason = CpuReason.Invalid;
        if (packet.Length < Ipv6HeaderBytes || packet[0] >> 4 != 6) return EngineVerdict.ToCpu;
        IsIpv6 = true;
        L3Bytes = Ipv6HeaderBytes + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]);
        if (L3Bytes > packet.Length) return EngineVerdict.ToCpu;
        Protocol = packet[6];
        Ttl = packet[7];
        if (Protocol == IpProtocol.Fragment) return ToCpu(CpuReason.Fragment, out reason);
        if (IsExtension(Protocol)) return ToCpu(CpuReason.Options, out reason);
        Src = BinaryPrimitives.ReadUInt128BigEndian(packet[8..]);
        Dst = BinaryPrimitives.ReadUInt128BigEndian(packet[24..]);
        L4Offset = L3Offset + Ipv6HeaderBytes;
        return ReadTransport(packet[Ipv6HeaderBytes..L3Bytes]);
    }

    private EngineVerdict ReadTransport(ReadOnlySpan<byte> segment)
    {
        KeyWord = FoeCodec.ProtocolWord(Protocol);
        if (!HasPorts) return EngineVerdict.Forward;
        if (segment.Length < (IsUdp ? 8 : 20)) return EngineVerdict.ToCpu;
        KeyWord = BinaryPrimitives.ReadUInt32BigEndian(segment);
        if (!IsUdp) TcpFlags = segment[13];
        return EngineVerdict.Forward;
    }

    private static bool MatchesAddress(ReadOnlySpan<byte> words, UInt128 address)
    {
        for (int word = 0; word < 4; word++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(words[(4 * word)..]) != (uint)(address >> (96 - (32 * word)))) return false;
        }

        return true;
    }

    private static bool IsExtension(byte protocol) => protocol is IpProtocol.HopByHop or IpProtocol.Routing or IpProtocol.DestinationOptions
        or IpProtocol.Ah or IpProtocol.Mobility or IpProtocol.Hip or IpProtocol.Shim6;

    private static EngineVerdict ToCpu(CpuReason why, out CpuReason reason)
    {
        reason = why;
        return EngineVerdict.ToCpu;
    }
}
