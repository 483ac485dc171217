using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Flows.Paths;

/// <summary>
/// The way to one next hop: egress port, MTU, the link header that frames get. One cache line, read for each packet that takes the way.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct PathRecord
{
    /// <summary>Size in bytes: one cache line.</summary>
    public const int SizeBytes = 64;

    /// <summary>Longest link header: two VLAN tags, PPPoE session header, PPP protocol.</summary>
    public const int HeaderBytesMax = 32;

    /// <summary>Number of the entry's last change; a flow that carries another number is stale.</summary>
    [FieldOffset(0)]
    public ushort Generation;

    /// <summary>Largest L3 packet in bytes. 0 where nothing passes without a closer look: the hot path leaves such frames to the slow path.</summary>
    [FieldOffset(2)]
    public ushort MtuBytes;

    /// <summary>Largest TCP segment that SYNs may announce on this way, IPv4 bytes without header; 0 leaves the option alone (RFC 879; IPv6 gets 20 less).</summary>
    [FieldOffset(4)]
    public ushort MssClampBytes;

    /// <summary>How far the way is known.</summary>
    [FieldOffset(6)]
    public PathState State;

    /// <summary>Egress port: index in the gateway's list of ports.</summary>
    [FieldOffset(7)]
    public byte PortIndex;

    /// <summary>Bytes of the link header, ending with ethertype or PPP protocol; 0 leaves the frame's own.</summary>
    [FieldOffset(8)]
    public byte HeaderBytes;

    /// <summary>Whether the link header ends with a PPPoE session header and PPP protocol (RFC 2516), whose length each frame sets.</summary>
    [FieldOffset(9)]
    public bool IsPppoe;

    /// <summary>Interface of the next hop, as the kernel numbers it; 0 where there is none.</summary>
    [FieldOffset(12)]
    public int InterfaceIndex;

    /// <summary>Address of the next hop: IPv6, or IPv4 mapped into it (RFC 4291 section 2.5.5.2), host byte order.</summary>
    [FieldOffset(16)]
    public UInt128 NextHop;

    /// <summary>The link header, right-aligned: the last byte lies at the end, so that one store of all of it puts it before a packet.</summary>
    [FieldOffset(32)]
    private HeaderBuffer _header;

    /// <summary>Room for the link header; its bytes are the last <see cref="HeaderBytes"/>.</summary>
    [UnscopedRef]
    public Span<byte> Header => _header;

    [InlineArray(HeaderBytesMax)]
    private struct HeaderBuffer
    {
        private byte _first;
    }
}
