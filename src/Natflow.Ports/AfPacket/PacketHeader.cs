using System.Runtime.InteropServices;

namespace Natflow.Ports.AfPacket;

/// <summary><c>struct tpacket3_hdr</c> as it lies before each frame of a receive block and each slot of the transmit ring.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct PacketHeader
{
    internal const int SizeBytes = 48;

    /// <summary>The kernel took a VLAN tag out of the frame; its control word is in <see cref="VlanControl"/>.</summary>
    internal const uint HasVlan = 1 << 4;

    /// <summary><see cref="VlanType"/> says which ethertype announced the tag; without it that was 0x8100.</summary>
    internal const uint HasVlanType = 1 << 6;

    /// <summary>Bytes to the next header of the block; in a transmit slot 0.</summary>
    [FieldOffset(0)]
    internal uint NextOffset;

    /// <summary>Bytes of the frame that are in the ring.</summary>
    [FieldOffset(12)]
    internal uint PresentBytes;

    /// <summary>Bytes of the frame as it was; in a transmit slot, of the segmentation header and the frame.</summary>
    [FieldOffset(16)]
    internal uint LengthBytes;

    [FieldOffset(20)]
    internal uint Status;

    /// <summary>Bytes from this header to the frame; the segmentation header lies right before the frame.</summary>
    [FieldOffset(24)]
    internal ushort FrameOffset;

    /// <summary>Host order.</summary>
    [FieldOffset(32)]
    internal uint VlanControl;

    /// <summary>Host order.</summary>
    [FieldOffset(36)]
    internal ushort VlanType;
}
