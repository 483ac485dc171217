using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Conntrack;

namespace Natflow.Flows.Table;

/// <summary>
/// The hot half of a flow: one cache line serves both directions. Three endpoints (inside, remote, external) make both keys and both
/// rewrites: out2in's key is remote → external, its rewrite puts inside where external was, its checksum deltas are the complements.
/// </summary>
/// <remarks>
/// Field order is the lookup's: each side's key lies as one 8-byte and one 4-byte run (<see cref="Matches"/>). Addresses and ports
/// are in network byte order. For ICMP queries the identifier stands in the inside and external port, and the remote port is 0.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct FlowRecord
{
    /// <summary>Size in bytes: one cache line.</summary>
    public const int SizeBytes = 64;

    private const uint ZoneAndProtocolMask = 0x00FF_FFFF;
    private const uint ProtocolMask = 0x00FF_0000;

    /// <summary>Subscriber's address.</summary>
    [FieldOffset(0)]
    public uint InsideAddrBe;

    /// <summary>Address of the other end, the same on both sides.</summary>
    [FieldOffset(4)]
    public uint RemoteAddrBe;

    /// <summary>Public address.</summary>
    [FieldOffset(8)]
    public uint ExternalAddrBe;

    /// <summary>Subscriber's port or ICMP identifier.</summary>
    [FieldOffset(12)]
    public ushort InsidePortBe;

    /// <summary>Port of the other end; 0 for ICMP.</summary>
    [FieldOffset(14)]
    public ushort RemotePortBe;

    /// <summary>Public port or ICMP identifier.</summary>
    [FieldOffset(16)]
    public ushort ExternalPortBe;

    /// <summary>The subscriber's zone. The outside is zone 0.</summary>
    [FieldOffset(18)]
    public ushort Zone;

    /// <summary>IP protocol number.</summary>
    [FieldOffset(20)]
    public byte Protocol;

    /// <summary>State of the conntrack machine.</summary>
    [FieldOffset(21)]
    public FlowState State;

    /// <summary>Checksum delta of the IPv4 header for in2out.</summary>
    [FieldOffset(22)]
    public ushort L3Delta;

    /// <summary>Checksum delta of the transport header for in2out.</summary>
    [FieldOffset(24)]
    public ushort L4Delta;

    /// <summary>Facts that do not change while the flow lives.</summary>
    [FieldOffset(26)]
    public FlowFlags Flags;

    /// <summary>The uplink that the flow leaves by: index of its generation.</summary>
    [FieldOffset(27)]
    public byte PathIndex;

    /// <summary>Owner of the flow.</summary>
    [FieldOffset(28)]
    public uint UserIndex;

    /// <summary>L3 bytes from inside.</summary>
    [FieldOffset(32)]
    public ulong BytesOut;

    /// <summary>L3 bytes from outside.</summary>
    [FieldOffset(40)]
    public ulong BytesIn;

    /// <summary>Low word of the packets from inside; the high half is in <see cref="FlowColdRecord"/>.</summary>
    [FieldOffset(48)]
    public uint PacketsOutLow;

    /// <summary>Low word of the packets from outside.</summary>
    [FieldOffset(52)]
    public uint PacketsInLow;

    /// <summary>Shard clock, ms modulo 2^32, of the last packet that refreshed the flow.</summary>
    [FieldOffset(56)]
    public uint LastSeenMs;

    /// <summary>The user's policy that the flow was last evaluated under, as <see cref="Users.UserGate.PolicyStamp"/>.</summary>
    [FieldOffset(60)]
    public ushort PolicyStamp;

    /// <summary>Generation of the path (uplink, its address, its neighbour) that the flow was bound to.</summary>
    [FieldOffset(62)]
    public ushort PathGeneration;

    /// <summary>Whether a packet's key is this flow's key on the given side. Branch-free: each side's fields lie at a shift of the other's.</summary>
    /// <param name="record">The flow.</param>
    /// <param name="key">The packet's key.</param>
    /// <param name="side">0 for in2out, 1 for out2in; must equal the key's side.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Three loads and compares in the lookup loop.
    public static bool Matches(ref readonly FlowRecord record, ref readonly FlowKey key, uint side)
    {
        ref byte flow = ref Unsafe.As<FlowRecord, byte>(ref Unsafe.AsRef(in record));
        ref byte packet = ref Unsafe.As<FlowKey, byte>(ref Unsafe.AsRef(in key));
        ulong addresses = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref flow, (nint)(4 * side)))
            ^ Unsafe.ReadUnaligned<ulong>(ref packet);
        uint ports = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref flow, (nint)(12 + (2 * side))))
            ^ Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref packet, 8));
        uint mask = side == 0 ? ZoneAndProtocolMask : ProtocolMask;
        uint rest = (Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref flow, 18))
            ^ Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref packet, 12))) & mask;
        return (addresses | ports | rest) == 0;
    }

    /// <summary>The key under which packets from inside find the flow.</summary>
    public readonly FlowKey OutKey() => FlowKey.Of(InsideAddrBe, RemoteAddrBe, InsidePortBe, RemotePortBe, Zone, Protocol, Side.Lan);

    /// <summary>The key under which packets from outside find the flow.</summary>
    public readonly FlowKey InKey() => FlowKey.Of(RemoteAddrBe, ExternalAddrBe, RemotePortBe, ExternalPortBe, 0, Protocol, Side.Wan);
}
