using System.Buffers.Binary;

namespace Natflow.Packets.Link;

/// <summary>A VLAN tag as it follows its announcing ethertype (IEEE 802.1Q): control word, then the type of what comes next.</summary>
/// <param name="Control">Host order: 3 bits priority, 1 bit drop eligible, 12 bits VLAN identifier.</param>
/// <param name="EtherType">Host order: what follows.</param>
public readonly record struct VlanTag(ushort Control, ushort EtherType)
{
    /// <summary>Size in bytes, the announcing ethertype not counted.</summary>
    public const int SizeBytes = 4;

    /// <summary>VLAN identifier, 0 (priority tag only) to 4095.</summary>
    public int VlanId => Control & 0x0FFF;

    /// <summary>Priority code point, 0 to 7.</summary>
    public int Priority => Control >> 13;

    /// <summary>Writes the announcing ethertype and a control word without priority; the type of what comes next is the caller's.</summary>
    /// <param name="bytes">At least 4, where the ethertype of an untagged frame would lie.</param>
    /// <param name="vlanId">1 to 4094.</param>
    public static void Write(Span<byte> bytes, ushort vlanId)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes, Link.EtherType.Vlan);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], vlanId);
    }

    /// <summary>Reads a tag; false where fewer than <see cref="SizeBytes"/> bytes are left.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out VlanTag tag)
    {
        tag = default;
        if (bytes.Length < SizeBytes) return false;
        tag = new VlanTag(BinaryPrimitives.ReadUInt16BigEndian(bytes), BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]));
        return true;
    }
}
