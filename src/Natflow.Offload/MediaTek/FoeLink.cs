using System.Buffers.Binary;

namespace Natflow.Offload.MediaTek;

/// <summary>The link block of an entry: what stands before the packet when it leaves.</summary>
internal record struct FoeLink
{
    internal ushort Vlan1 { get; set; }

    internal ushort EtherType { get; set; }

    internal ulong DstMac { get; set; }

    /// <summary>Second tag; on v1 of Wi-Fi targets the station.</summary>
    internal ushort Vlan2 { get; set; }

    internal ulong SrcMac { get; set; }

    internal ushort PppoeSession { get; set; }

    /// <summary>v2 and later.</summary>
    internal ushort Minfo { get; set; }

    /// <summary>v2 and later.</summary>
    internal ushort WirelessWord { get; set; }

    /// <summary>v3.</summary>
    internal uint WirelessWord3 { get; set; }

    /// <summary>v3.</summary>
    internal uint AmsduWord { get; set; }

    internal static FoeLink Decode(FoeLayout layout, ReadOnlySpan<byte> block)
    {
        var link = new FoeLink
        {
            Vlan1 = BinaryPrimitives.ReadUInt16LittleEndian(block),
            EtherType = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]),
            DstMac = ReadMac(block[4..], block[10..]),
            Vlan2 = BinaryPrimitives.ReadUInt16LittleEndian(block[8..]),
            SrcMac = ReadMac(block[12..], block[18..]),
            PppoeSession = BinaryPrimitives.ReadUInt16LittleEndian(block[16..]),
        };
        if (layout.Generation >= 2)
        {
            link.Minfo = BinaryPrimitives.ReadUInt16LittleEndian(block[20..]);
            link.WirelessWord = BinaryPrimitives.ReadUInt16LittleEndian(block[22..]);
        }

        if (layout.Generation >= 3)
        {
            link.WirelessWord3 = BinaryPrimitives.ReadUInt32LittleEndian(block[24..]);
            link.AmsduWord = BinaryPrimitives.ReadUInt32LittleEndian(block[28..]);
        }

        return link;
    }

    internal readonly void Encode(FoeLayout layout, Span<byte> block)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(block, Vlan1);
        BinaryPrimitives.WriteUInt16LittleEndian(block[2..], EtherType);
        WriteMac(block[4..], block[10..], DstMac);
        BinaryPrimitives.WriteUInt16LittleEndian(block[8..], Vlan2);
        WriteMac(block[12..], block[18..], SrcMac);
        BinaryPrimitives.WriteUInt16LittleEndian(block[16..], PppoeSession);
        if (layout.Generation >= 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(block[20..], Minfo);
            BinaryPrimitives.WriteUInt16LittleEndian(block[22..], WirelessWord);
        }

        if (layout.Generation >= 3)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block[24..], WirelessWord3);
            BinaryPrimitives.WriteUInt32LittleEndian(block[28..], AmsduWord);
        }
    }

    // The engine keeps an address as two numbers, the first byte on the wire the highest of the first.
    private static ulong ReadMac(ReadOnlySpan<byte> high, ReadOnlySpan<byte> low) =>
        ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(high) << 16) | BinaryPrimitives.ReadUInt16LittleEndian(low);

    private static void WriteMac(Span<byte> high, Span<byte> low, ulong mac)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(high, (uint)(mac >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(low, (ushort)mac);
    }
}
