using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Natflow.Packets.Link;

namespace Natflow.Ports.AfPacket;

/// <summary>Puts a VLAN tag that the kernel took out of a frame back in its place, behind the two addresses.</summary>
/// <param name="EtherType">Host order, 0 where there was no tag.</param>
/// <param name="Control">Host order.</param>
internal readonly record struct VlanRestore(ushort EtherType, ushort Control)
{
    private const int AddressesBytes = 12;

    /// <summary>Bytes that the frame grows by.</summary>
    internal int GrowthBytes => EtherType == 0 ? 0 : VlanTag.SizeBytes;

    internal static VlanRestore Of(in PacketHeader header)
    {
        if ((header.Status & PacketHeader.HasVlan) == 0)
            return default;
        ushort type = (header.Status & PacketHeader.HasVlanType) != 0 ? header.VlanType : Packets.Link.EtherType.Vlan;
        return new VlanRestore(type, (ushort)header.VlanControl);
    }

    /// <summary>Copies the first bytes of a frame, tag included.</summary>
    /// <param name="frame">At least the Ethernet header.</param>
    /// <param name="target">Exactly <see cref="GrowthBytes"/> longer.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One copy where there was no tag, the usual case.
    internal void Copy(ReadOnlySpan<byte> frame, Span<byte> target)
    {
        if (EtherType == 0)
            frame.CopyTo(target);
        else
            CopyTagged(frame, target);
    }

    private void CopyTagged(ReadOnlySpan<byte> frame, Span<byte> target)
    {
        frame[..AddressesBytes].CopyTo(target);
        BinaryPrimitives.WriteUInt16BigEndian(target[AddressesBytes..], EtherType);
        BinaryPrimitives.WriteUInt16BigEndian(target[(AddressesBytes + sizeof(ushort))..], Control);
        frame[AddressesBytes..].CopyTo(target[(AddressesBytes + VlanTag.SizeBytes)..]);
    }
}
