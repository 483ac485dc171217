using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Core;

/// <summary>
/// The 32-byte descriptor that moves between stages while the frame itself stays in its UMEM chunk. Ports fill
/// <see cref="FrameOffset"/>, <see cref="LengthBytes"/>, <see cref="PortIndex"/> and <see cref="Flags"/>; the parser fills the rest.
/// </summary>
/// <remarks>
/// Whoever holds the descriptor owns the chunk. Two words of key, then everything else, so that the hot path loads two 16-byte lanes.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct FrameDescriptor
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 32;

    /// <summary>The most frames that go through the stages together.</summary>
    public const int BurstMax = 256;

    /// <summary>5-tuple, zone and side as found in the packet; which fields are set depends on <see cref="Kind"/>.</summary>
    [FieldOffset(0)]
    public FlowKey Key;

    /// <summary>Byte offset of the frame's first byte in its UMEM.</summary>
    [FieldOffset(16)]
    public uint FrameOffset;

    /// <summary>Bytes of the frame that are in memory.</summary>
    [FieldOffset(20)]
    public ushort LengthBytes;

    /// <summary>Bytes from the frame's start to the IP header. 0 when there is none.</summary>
    [FieldOffset(22)]
    public byte L3Offset;

    /// <summary>Bytes from the frame's start to the transport header, at most 255; 0 when there is none or it lies further back.</summary>
    [FieldOffset(23)]
    public byte L4Offset;

    /// <summary>Keyed hash of <see cref="Key"/>.</summary>
    [FieldOffset(24)]
    public uint Hash;

    /// <summary>Index of the way out in the shard's path table, where the verdict is to forward. Shares its word with <see cref="Hash"/>, which the lookup has used.</summary>
    [FieldOffset(24)]
    public uint PathIndex;

    /// <summary>TCP flag byte (CWR ECE URG ACK PSH RST SYN FIN); the ICMP type for ICMP; else 0.</summary>
    [FieldOffset(28)]
    public byte TcpFlags;

    /// <summary>What the frame is.</summary>
    [FieldOffset(29)]
    public PacketKind Kind;

    /// <summary>Ingress port: index in the gateway's list of ports.</summary>
    [FieldOffset(30)]
    public byte PortIndex;

    /// <summary>Flags set by the port and by earlier stages.</summary>
    [FieldOffset(31)]
    public FrameFlags Flags;

    /// <summary>The reason, where <see cref="Kind"/> is <see cref="PacketKind.Drop"/>. Shares its byte with <see cref="TcpFlags"/>.</summary>
    [FieldOffset(28)]
    public DropReason Reason;

    /// <summary>Marks the frame as dropped by the parser.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two byte stores on the parser's exits.
    public void SetDrop(DropReason reason)
    {
        Kind = PacketKind.Drop;
        Reason = reason;
    }
}
