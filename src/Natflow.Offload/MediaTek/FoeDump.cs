using System.Buffers.Binary;
using System.Text;

namespace Natflow.Offload.MediaTek;

/// <summary>A table as text, line by line as the kernel's debugfs files <c>ppeN/entries</c> and <c>ppeN/bind</c> print it.</summary>
/// <remarks>
/// With the kernel's peculiarities, for programs that read those lines: the ethertype with its bytes swapped, and for entries without addresses
/// (bridge) what the kernel prints for none.
/// </remarks>
internal static class FoeDump
{
    private static readonly string[] States = ["INV", "UNB", "BND", "FIN"];

    internal static void Write(TextWriter writer, FoeInstance instance, bool boundOnly)
    {
        var line = new StringBuilder(256);
        for (int index = 0; index < instance.Table.EntryCount; index++)
        {
            FoeState state = instance.Table.StateOf(index);
            if (state == FoeState.Invalid || (boundOnly && state != FoeState.Bind)) continue;
            FoeSlot slot = instance.Slot(index);
            Append(line.Clear(), instance.Layout, index, instance.Table.Entry(index), slot.Packets, slot.Bytes + (slot.Packets * (ulong)slot.LinkBytes));
            writer.Write(line);
            writer.Write('\n');
        }
    }

    /// <summary>Appends an entry's line without its end.</summary>
    /// <param name="line">Where to.</param>
    /// <param name="layout">Generation.</param>
    /// <param name="index">Entry's index.</param>
    /// <param name="entry">Its bytes, any.</param>
    /// <param name="packets">Counted for it.</param>
    /// <param name="bytes">Counted for it, with link headers.</param>
    internal static void Append(StringBuilder line, FoeLayout layout, int index, ReadOnlySpan<byte> entry, ulong packets, ulong bytes)
    {
        uint ib1 = BinaryPrimitives.ReadUInt32LittleEndian(entry);
        uint type = layout.PacketType.Get(ib1);
        line.Append($"{index:x5} {States[FoeLayout.State.Get(ib1)]} {TypeName(type),7} orig=");
        AppendOriginal(line, type, entry);
        if (type is (uint)FoePacketType.Ipv4Hnapt or (uint)FoePacketType.Ipv4Route or (uint)FoePacketType.DsLite)
        {
            line.Append(" new=");
            AppendIpv4(line, entry, 20, 28, hasPorts: type != (uint)FoePacketType.Ipv4Route);
        }

        bool isLong = type >= (uint)FoePacketType.DsLite;
        var link = FoeLink.Decode(layout, entry.Slice(isLong ? 60 : 44, layout.LinkBytes));
        uint ib2 = BinaryPrimitives.ReadUInt32LittleEndian(entry[(isLong ? 56 : 16)..]);
        line.Append(" eth=");
        AppendMac(line, link.SrcMac);
        line.Append("->");
        AppendMac(line, link.DstMac);
        line.Append($" etype={BinaryPrimitives.ReverseEndianness(link.EtherType):x4} vlan={link.Vlan1},{link.Vlan2}");
        line.Append($" ib1={ib1:x8} ib2={ib2:x8} packets={packets} bytes={bytes}");
    }

    private static string TypeName(uint type) => (FoePacketType)type switch
    {
        FoePacketType.Ipv4Hnapt => "IPv4 5T",
        FoePacketType.Ipv4Route => "IPv4 3T",
        FoePacketType.DsLite => "DS-LITE",
        FoePacketType.Ipv6ThreeTuple => "IPv6 3T",
        FoePacketType.Ipv6FiveTuple => "IPv6 5T",
        FoePacketType.SixRd => "6RD",
        _ => "UNKNOWN",
    };

    private static void AppendOriginal(StringBuilder line, uint type, ReadOnlySpan<byte> entry)
    {
        switch ((FoePacketType)type)
        {
            case FoePacketType.Ipv4Hnapt or FoePacketType.DsLite:
                AppendIpv4(line, entry, 4, 12, hasPorts: true);
                break;
            case FoePacketType.Ipv4Route:
                AppendIpv4(line, entry, 4, 12, hasPorts: false);
                break;
            case FoePacketType.Ipv6FiveTuple:
                AppendIpv6(line, entry, hasPorts: true);
                break;
            case FoePacketType.Ipv6ThreeTuple or FoePacketType.SixRd:
                AppendIpv6(line, entry, hasPorts: false);
                break;
            default:
                line.Append("(null)->(null)");
                break;
        }
    }

    private static void AppendIpv4(StringBuilder line, ReadOnlySpan<byte> entry, int addresses, int ports, bool hasPorts)
    {
        AppendAddress(line, entry[addresses..]);
        if (hasPorts) line.Append($":{BinaryPrimitives.ReadUInt16LittleEndian(entry[(ports + 2)..])}");
        line.Append("->");
        AppendAddress(line, entry[(addresses + 4)..]);
        if (hasPorts) line.Append($":{BinaryPrimitives.ReadUInt16LittleEndian(entry[ports..])}");
    }

    private static void AppendAddress(StringBuilder line, ReadOnlySpan<byte> word) => line.Append($"{word[3]}.{word[2]}.{word[1]}.{word[0]}");

    private static void AppendIpv6(StringBuilder line, ReadOnlySpan<byte> entry, bool hasPorts)
    {
        AppendWords(line, entry[4..]);
        if (hasPorts) line.Append($":{BinaryPrimitives.ReadUInt16LittleEndian(entry[38..])}");
        line.Append("->");
        AppendWords(line, entry[20..]);
        if (hasPorts) line.Append($":{BinaryPrimitives.ReadUInt16LittleEndian(entry[36..])}");
    }

    // Eight groups of four digits, none left out.
    private static void AppendWords(StringBuilder line, ReadOnlySpan<byte> words)
    {
        for (int word = 0; word < 4; word++)
        {
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(words[(4 * word)..]);
            line.Append($"{(word == 0 ? "" : ":")}{value >> 16:x4}:{value & 0xFFFF:x4}");
        }
    }

    private static void AppendMac(StringBuilder line, ulong mac)
    {
        for (int shift = 40; shift >= 0; shift -= 8)
            line.Append($"{(byte)(mac >> shift):x2}{(shift == 0 ? "" : ":")}");
    }
}
