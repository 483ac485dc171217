using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Natflow.Core;

/// <summary>IPv4 5-tuple plus zone and side: what a packet is looked up by. 16 bytes, no padding, compared as two words.</summary>
/// <remarks>
/// Addresses and ports are in network byte order as they lie in the packet. For ICMP queries the identifier (RFC 5508 REQ-1) stands in
/// the port at the subscriber's end, the source port on the LAN side and the destination port on the WAN side; the other port is 0.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = SizeBytes)]
public record struct FlowKey(
    uint SrcAddrBe,
    uint DstAddrBe,
    ushort SrcPortBe,
    ushort DstPortBe,
    ushort Zone,
    byte Protocol,
    Side Side)
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 16;

    /// <summary>A key written as one vector: what reads it by words, the hash and the table, need not wait for narrow stores to retire.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A few shifts and one store; the slow path makes some for each flow.
    public static FlowKey Of(uint srcAddrBe, uint dstAddrBe, ushort srcPortBe, ushort dstPortBe, ushort zone, byte protocol, Side side)
    {
        if (!BitConverter.IsLittleEndian)
            return new FlowKey(srcAddrBe, dstAddrBe, srcPortBe, dstPortBe, zone, protocol, side);
        ulong addresses = srcAddrBe | ((ulong)dstAddrBe << 32);
        ulong ports = srcPortBe | ((ulong)dstPortBe << 16) | ((ulong)zone << 32) | ((ulong)protocol << 48) | ((ulong)side << 56);
        return Unsafe.BitCast<Vector128<ulong>, FlowKey>(Vector128.Create(addresses, ports));
    }
}
