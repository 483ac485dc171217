using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Packets;
using Natflow.Packets.Link;

namespace Natflow.Offload.MediaTek;

/// <summary>Makes the frame that an entry's bytes say.</summary>
internal static class EngineRewriter
{
    /// <summary>Most tags that the engine writes.</summary>
    internal const int VlanLayersMax = 2;

    private const int Ipv4HeaderBytes = 20;

    /// <summary>Link header bytes by an entry.</summary>
    internal static int LinkBytes(in FoeIb1 ib1) =>
        LinkHeader.EthernetBytes + (ib1.VlanLayers * VlanTag.SizeBytes) + (ib1.HasPppoe ? PppoeHeader.SizeBytes : 0);

    /// <summary>Writes the frame.</summary>
    /// <param name="body">The entry, bound, with at most two tags.</param>
    /// <param name="read">The frame's fields.</param>
    /// <param name="frame">The frame that came.</param>
    /// <param name="output">Room for it and <see cref="EngineResult.GrowthBytesMax"/> more.</param>
    /// <returns>Bytes of the frame before the MAC pads it.</returns>
    internal static int Rewrite(in FoeBody body, in EngineFrame read, ReadOnlySpan<byte> frame, Span<byte> output)
    {
        int linkBytes = WriteLink(body, read, output);
        Span<byte> packet = output.Slice(linkBytes, read.L3Bytes);
        frame.Slice(read.L3Offset, read.L3Bytes).CopyTo(packet);
        if (body.Ib1.DecrementTtl) DecrementTtl(packet, read.IsIpv6);
        if (body.Type == FoePacketType.Ipv4Hnapt) Translate(packet, body, read.IsUdp);
        return linkBytes + read.L3Bytes;
    }

    private static int WriteLink(in FoeBody body, in EngineFrame read, Span<byte> output)
    {
        MacAddress.Write(output, body.Link.DstMac);
        MacAddress.Write(output[6..], body.Link.SrcMac);
        int offset = 12;
        for (int layer = 0; layer < body.Ib1.VlanLayers; layer++)
        {
            // Without tag mode the etype stands where the first tag is announced: so a switch's own tag is written.
            bool isSwitchTag = layer == 0 && !body.Ib1.VlanTagMode;
            BinaryPrimitives.WriteUInt16BigEndian(output[offset..], isSwitchTag ? body.Link.EtherType : EtherType.Vlan);
            BinaryPrimitives.WriteUInt16BigEndian(output[(offset + 2)..], layer == 0 ? body.Link.Vlan1 : body.Link.Vlan2);
            offset += VlanTag.SizeBytes;
        }

        bool isEtypeTaken = body.Ib1.VlanLayers > 0 && !body.Ib1.VlanTagMode;
        BinaryPrimitives.WriteUInt16BigEndian(output[offset..], isEtypeTaken ? OwnType(body.Ib1, read) : body.Link.EtherType);
        offset += 2;
        return body.Ib1.HasPppoe ? WritePppoe(body, read, output, offset) : offset;
    }

    private static ushort OwnType(in FoeIb1 ib1, in EngineFrame read)
    {
        if (ib1.HasPppoe) return EtherType.PppoeSession;
        return read.IsIpv6 ? EtherType.Ipv6 : EtherType.Ipv4;
    }

    private static int WritePppoe(in FoeBody body, in EngineFrame read, Span<byte> output, int offset)
    {
        Span<byte> header = output.Slice(offset, PppoeHeader.SizeBytes);
        header[0] = PppoeHeader.VersionTypeOne;
        header[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], body.Link.PppoeSession);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], (ushort)(read.L3Bytes + PppoeHeader.PppBytes));
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], read.IsIpv6 ? EtherType.PppIpv6 : EtherType.PppIpv4);
        return offset + PppoeHeader.SizeBytes;
    }

    private static void DecrementTtl(Span<byte> packet, bool isIpv6)
    {
        if (isIpv6)
        {
            packet[7]--;
            return;
        }

        ushort before = MemoryMarshal.Read<ushort>(packet[8..]);
        packet[8]--;
        Update(packet, 10, Checksum.Delta(before, MemoryMarshal.Read<ushort>(packet[8..])));
    }

    // RFC 1624 equation 3: the header's checksum takes the addresses' change, the transport's that of addresses and ports.
    private static void Translate(Span<byte> packet, in FoeBody body, bool isUdp)
    {
        ushort addresses = Checksum.Combine(Replace(packet[12..], body.NewSrc), Replace(packet[16..], body.NewDst));
        Update(packet, 10, addresses);
        Span<byte> segment = packet[Ipv4HeaderBytes..];
        ushort delta = Checksum.Combine(addresses, Replace(segment, ((uint)body.NewSrcPort << 16) | body.NewDstPort));
        if (!isUdp)
        {
            Update(segment, 16, delta);
            return;
        }

        ushort checksum = Checksum.ApplyUdp(MemoryMarshal.Read<ushort>(segment[6..]), delta);
        MemoryMarshal.Write(segment[6..], checksum);
    }

    private static ushort Replace(Span<byte> bytes, uint value)
    {
        uint before = MemoryMarshal.Read<uint>(bytes);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return Checksum.Delta(before, MemoryMarshal.Read<uint>(bytes));
    }

    private static void Update(Span<byte> bytes, int offset, ushort delta) =>
        MemoryMarshal.Write(bytes[offset..], Checksum.Apply(MemoryMarshal.Read<ushort>(bytes[offset..]), delta));
}
