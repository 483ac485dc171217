using System.Buffers.Binary;
using Natflow.Packets.Link;

namespace Natflow.Offload.MediaTek;

/// <summary>The bytes of an entry, as they lie in the memory of the chip: 32-bit words, little-endian.</summary>
internal static class FoeCodec
{
    private const uint ProtocolFiller = 0xA5A5A500;
    private const int Ipv4Ib2 = 16;
    private const int Ipv4Link = 44;
    private const int Ipv6Ib2 = 56;
    private const int Ipv6Link = 60;
    private const int BridgeIb2 = 20;
    private const int BridgeLink = 24;
    private const int DsLiteNat = 84;

    /// <summary>The word that stands for ports where the key has a protocol instead.</summary>
    internal static uint ProtocolWord(byte protocol) => ProtocolFiller | protocol;

    /// <summary>Whether a type has a body here.</summary>
    internal static bool IsKnown(byte type) => type is <= (byte)FoePacketType.Ipv6FiveTuple or (byte)FoePacketType.SixRd;

    /// <summary>Where a type keeps ib2.</summary>
    internal static int Ib2Offset(FoePacketType type) => type switch
    {
        FoePacketType.Ipv4Hnapt or FoePacketType.Ipv4Route => Ipv4Ib2,
        FoePacketType.Bridge => BridgeIb2,
        _ => Ipv6Ib2,
    };

    /// <summary>Where a type keeps its link block.</summary>
    internal static int LinkOffset(FoePacketType type) => type switch
    {
        FoePacketType.Ipv4Hnapt or FoePacketType.Ipv4Route => Ipv4Link,
        FoePacketType.Bridge => BridgeLink,
        _ => Ipv6Link,
    };

    /// <summary>Writes an entry; bytes without a meaning become 0.</summary>
    /// <param name="layout">Generation.</param>
    /// <param name="body">A known type.</param>
    /// <param name="entry"><see cref="FoeLayout.EntryBytes"/> long.</param>
    internal static void Encode(FoeLayout layout, in FoeBody body, Span<byte> entry)
    {
        entry = entry[..layout.EntryBytes];
        entry.Clear();
        Write32(entry, 0, body.Ib1.Encode(layout));
        Write32(entry, Ib2Offset(body.Type), body.Ib2.Encode(layout));
        body.Link.Encode(layout, entry.Slice(LinkOffset(body.Type), layout.LinkBytes));
        switch (body.Type)
        {
            case FoePacketType.Ipv4Hnapt or FoePacketType.Ipv4Route:
                EncodeIpv4(body, entry);
                break;
            case FoePacketType.Bridge:
                MacAddress.Write(entry[4..], body.BridgeDstMac);
                MacAddress.Write(entry[10..], body.BridgeSrcMac);
                BinaryPrimitives.WriteUInt16LittleEndian(entry[16..], body.BridgeVlan);
                break;
            case FoePacketType.DsLite:
                EncodeDsLite(layout, body, entry);
                break;
            default:
                EncodeIpv6(body, entry);
                break;
        }
    }

    /// <summary>Reads an entry. Total: any bytes give a status.</summary>
    internal static FoeDecodeStatus TryDecode(FoeLayout layout, ReadOnlySpan<byte> entry, out FoeBody body)
    {
        body = default;
        if (entry.Length < layout.EntryBytes) return FoeDecodeStatus.Truncated;
        var ib1 = FoeIb1.Decode(layout, Read32(entry, 0));
        if (!IsKnown(ib1.PacketType)) return FoeDecodeStatus.UnknownType;

        var type = (FoePacketType)ib1.PacketType;
        body.Ib1 = ib1;
        body.Ib2 = FoeIb2.Decode(layout, Read32(entry, Ib2Offset(type)));
        body.Link = FoeLink.Decode(layout, entry.Slice(LinkOffset(type), layout.LinkBytes));
        switch (type)
        {
            case FoePacketType.Ipv4Hnapt or FoePacketType.Ipv4Route:
                return DecodeIpv4(entry, ref body);
            case FoePacketType.Bridge:
                body.BridgeDstMac = MacAddress.Read(entry[4..]);
                body.BridgeSrcMac = MacAddress.Read(entry[10..]);
                body.BridgeVlan = BinaryPrimitives.ReadUInt16LittleEndian(entry[16..]);
                return FoeDecodeStatus.Decoded;
            case FoePacketType.DsLite:
                DecodeDsLite(layout, entry, ref body);
                return FoeDecodeStatus.Decoded;
            default:
                return DecodeIpv6(entry, ref body);
        }
    }

    private static void EncodeIpv4(in FoeBody body, Span<byte> entry)
    {
        Write32(entry, 4, (uint)body.Src);
        Write32(entry, 8, (uint)body.Dst);
        bool isRoute = body.Type == FoePacketType.Ipv4Route;
        Write32(entry, 12, isRoute ? ProtocolWord(body.Protocol) : Ports(body.SrcPort, body.DstPort));
        Write32(entry, 20, body.NewSrc);
        Write32(entry, 24, body.NewDst);
        Write32(entry, 28, Ports(body.NewSrcPort, body.NewDstPort));
        BinaryPrimitives.WriteUInt16LittleEndian(entry[32..], body.MulticastTimestamp);
        Write32(entry, 40, body.UserWord);
    }

    private static FoeDecodeStatus DecodeIpv4(ReadOnlySpan<byte> entry, ref FoeBody body)
    {
        body.Src = Read32(entry, 4);
        body.Dst = Read32(entry, 8);
        body.NewSrc = Read32(entry, 20);
        body.NewDst = Read32(entry, 24);
        uint ports = Read32(entry, 28);
        body.NewSrcPort = (ushort)(ports >> 16);
        body.NewDstPort = (ushort)ports;
        body.MulticastTimestamp = BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]);
        body.UserWord = Read32(entry, 40);
        return DecodeKeyWord(Read32(entry, 12), body.Type == FoePacketType.Ipv4Route, ref body);
    }

    private static void EncodeDsLite(FoeLayout layout, in FoeBody body, Span<byte> entry)
    {
        Write32(entry, 4, (uint)body.Src);
        Write32(entry, 8, (uint)body.Dst);
        Write32(entry, 12, Ports(body.SrcPort, body.DstPort));
        Write128(entry, 16, body.TunnelSrc);
        Write128(entry, 32, body.TunnelDst);
        Write32(entry, 48, (body.FlowLabel & 0xFFFFFF) | ((uint)body.TrafficClass << 24));
        Write32(entry, 52, body.UserWord);
        if (layout.Generation != 2) return;
        Write32(entry, DsLiteNat, body.NewSrc);
        Write32(entry, DsLiteNat + 4, body.NewDst);
        Write32(entry, DsLiteNat + 8, Ports(body.NewSrcPort, body.NewDstPort));
    }

    private static void DecodeDsLite(FoeLayout layout, ReadOnlySpan<byte> entry, ref FoeBody body)
    {
        body.Src = Read32(entry, 4);
        body.Dst = Read32(entry, 8);
        _ = DecodeKeyWord(Read32(entry, 12), isByProtocol: false, ref body);
        body.TunnelSrc = Read128(entry, 16);
        body.TunnelDst = Read128(entry, 32);
        body.FlowLabel = Read32(entry, 48) & 0xFFFFFF;
        body.TrafficClass = entry[51];
        body.UserWord = Read32(entry, 52);
        if (layout.Generation != 2) return;
        body.NewSrc = Read32(entry, DsLiteNat);
        body.NewDst = Read32(entry, DsLiteNat + 4);
        uint ports = Read32(entry, DsLiteNat + 8);
        body.NewSrcPort = (ushort)(ports >> 16);
        body.NewDstPort = (ushort)ports;
    }

    private static void EncodeIpv6(in FoeBody body, Span<byte> entry)
    {
        Write128(entry, 4, body.Src);
        Write128(entry, 20, body.Dst);
        bool isByProtocol = body.Type == FoePacketType.Ipv6ThreeTuple;
        Write32(entry, 36, isByProtocol ? ProtocolWord(body.Protocol) : Ports(body.SrcPort, body.DstPort));
        if (body.Type != FoePacketType.SixRd)
        {
            Write32(entry, 52, body.UserWord);
            return;
        }

        Write32(entry, 40, (uint)body.TunnelSrc);
        Write32(entry, 44, (uint)body.TunnelDst);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[48..], body.TunnelChecksum);
        entry[50] = body.TunnelDscp;
        entry[51] = body.TunnelTtl;
        entry[52] = body.TunnelFlags;
        entry[54] = body.TunnelFlowId;
    }

    private static FoeDecodeStatus DecodeIpv6(ReadOnlySpan<byte> entry, ref FoeBody body)
    {
        body.Src = Read128(entry, 4);
        body.Dst = Read128(entry, 20);
        if (body.Type == FoePacketType.SixRd)
        {
            body.TunnelSrc = Read32(entry, 40);
            body.TunnelDst = Read32(entry, 44);
            body.TunnelChecksum = BinaryPrimitives.ReadUInt16LittleEndian(entry[48..]);
            body.TunnelDscp = entry[50];
            body.TunnelTtl = entry[51];
            body.TunnelFlags = entry[52];
            body.TunnelFlowId = entry[54];
        }
        else
        {
            body.UserWord = Read32(entry, 52);
        }

        return DecodeKeyWord(Read32(entry, 36), body.Type == FoePacketType.Ipv6ThreeTuple, ref body);
    }

    private static FoeDecodeStatus DecodeKeyWord(uint word, bool isByProtocol, ref FoeBody body)
    {
        if (!isByProtocol)
        {
            body.SrcPort = (ushort)(word >> 16);
            body.DstPort = (ushort)word;
            return FoeDecodeStatus.Decoded;
        }

        body.Protocol = (byte)word;
        return (word & 0xFFFFFF00) == ProtocolFiller ? FoeDecodeStatus.Decoded : FoeDecodeStatus.BadFiller;
    }

    private static uint Ports(ushort src, ushort dst) => ((uint)src << 16) | dst;

    private static uint Read32(ReadOnlySpan<byte> entry, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(entry[offset..]);

    private static void Write32(Span<byte> entry, int offset, uint word) => BinaryPrimitives.WriteUInt32LittleEndian(entry[offset..], word);

    // Four words, the most significant first.
    private static UInt128 Read128(ReadOnlySpan<byte> entry, int offset) => new(
        ((ulong)Read32(entry, offset) << 32) | Read32(entry, offset + 4), ((ulong)Read32(entry, offset + 8) << 32) | Read32(entry, offset + 12));

    private static void Write128(Span<byte> entry, int offset, UInt128 value)
    {
        for (int word = 0; word < 4; word++)
            Write32(entry, offset + (4 * word), (uint)(value >> (96 - (32 * word))));
    }
}
