using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Paths;
using Natflow.Flows.Table;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Ipv6;

/// <summary>An IPv6 flow, both directions: a cache line of key, state and bytes, and one of what else a packet touches, the timer links behind it.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct Ipv6FlowRecord
{
    /// <summary>Size in bytes: two cache lines.</summary>
    public const int SizeBytes = 128;

    internal const int TimerLinkOffset = 96;

    private const int KeyTailOffset = 32;
    private const uint ZoneAndProtocolMask = 0x00FF_FFFF;
    private const uint ProtocolMask = 0x00FF_0000;

    /// <summary>Subscriber's address.</summary>
    [FieldOffset(0)]
    public Ipv6Address Inside;

    /// <summary>Address of the other end.</summary>
    [FieldOffset(16)]
    public Ipv6Address Remote;

    /// <summary>Subscriber's port or echo identifier, network order.</summary>
    [FieldOffset(32)]
    public ushort InsidePortBe;

    /// <summary>Port of the other end, network order; 0 for ICMPv6.</summary>
    [FieldOffset(34)]
    public ushort RemotePortBe;

    /// <summary>The subscriber's zone.</summary>
    [FieldOffset(36)]
    public ushort Zone;

    /// <summary>IP protocol number.</summary>
    [FieldOffset(38)]
    public byte Protocol;

    /// <summary>State of the conntrack machine.</summary>
    [FieldOffset(39)]
    public FlowState State;

    /// <summary>Shard clock, ms modulo 2^32, of the last packet that refreshed the flow.</summary>
    [FieldOffset(40)]
    public uint LastSeenMs;

    /// <summary>Owner of the flow, in the shard's user table.</summary>
    [FieldOffset(44)]
    public uint UserIndex;

    /// <summary>L3 bytes from inside.</summary>
    [FieldOffset(48)]
    public ulong BytesOut;

    /// <summary>L3 bytes from outside.</summary>
    [FieldOffset(56)]
    public ulong BytesIn;

    /// <summary>Packets from inside.</summary>
    [FieldOffset(64)]
    public ulong PacketsOut;

    /// <summary>Packets from outside.</summary>
    [FieldOffset(72)]
    public ulong PacketsIn;

    /// <summary>The user's policy that the flow was last evaluated under, as <see cref="Users.UserGate.PolicyStamp"/>.</summary>
    [FieldOffset(80)]
    public ushort PolicyStamp;

    /// <summary>Generation of the way out that the flow was bound to.</summary>
    [FieldOffset(82)]
    public ushort PathGeneration;

    /// <summary>Facts that do not change while the flow lives.</summary>
    [FieldOffset(84)]
    public Ipv6FlowFlags Flags;

    /// <summary>The way out, as <see cref="PathTable.OfFlow"/> makes it.</summary>
    [FieldOffset(85)]
    public byte PathIndex;

    /// <summary>NAT66 mapping, or <see cref="FlowTable.None"/>.</summary>
    [FieldOffset(88)]
    public uint MappingIndex;

    [FieldOffset(TimerLinkOffset)]
    internal TimerLink TimerLink;

    /// <summary>Shard clock in ms at creation.</summary>
    [FieldOffset(112)]
    public long CreatedMs;

    /// <summary>Whether a packet is this flow's. Branch-free: the side only shifts where its ends are read.</summary>
    /// <param name="record">The flow.</param>
    /// <param name="header">The packet's IPv6 header, whole.</param>
    /// <param name="key">The descriptor's key: ports, zone, protocol, side.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Loads and compares in the batch loop.
    internal static bool Matches(ref readonly Ipv6FlowRecord record, ref byte header, ref readonly FlowKey key)
    {
        int side = (int)key.Side;
        ref byte flow = ref Unsafe.As<Ipv6FlowRecord, byte>(ref Unsafe.AsRef(in record));
        ref byte packet = ref Unsafe.As<FlowKey, byte>(ref Unsafe.AsRef(in key));
        Vector128<byte> inside = Vector128.LoadUnsafe(ref header, (nuint)(Ipv6Rewriter.SrcOffset + (Ipv6Address.SizeBytes * side)))
            ^ Vector128.LoadUnsafe(ref flow);
        Vector128<byte> remote = Vector128.LoadUnsafe(ref header, (nuint)(Ipv6Rewriter.DstOffset - (Ipv6Address.SizeBytes * side)))
            ^ Vector128.LoadUnsafe(ref flow, Ipv6Address.SizeBytes);
        uint ports = BitOperations.RotateLeft(Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref packet, 8)), 16 * side)
            ^ Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref flow, KeyTailOffset));
        uint mask = side == 0 ? ZoneAndProtocolMask : ProtocolMask;
        uint rest = (Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref packet, 12))
            ^ Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref flow, KeyTailOffset + 4))) & mask;
        return (ports | rest) == 0 && (inside | remote) == Vector128<byte>.Zero;
    }

    /// <summary>Whether a key is this flow's.</summary>
    internal readonly bool Is(in Ipv6FlowKey key) =>
        Inside == key.Inside && Remote == key.Remote && InsidePortBe == key.InsidePortBe && RemotePortBe == key.RemotePortBe
        && Protocol == key.Protocol && (Zone == key.Zone || key.Side == Side.Wan);

    /// <summary>The key under which packets from inside find the flow.</summary>
    public readonly Ipv6FlowKey Key() => new(Inside, Remote, InsidePortBe, RemotePortBe, Zone, Protocol, Side.Lan);
}
