using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Pcp;
using Natflow.Flows.Table;

namespace Natflow.Flows.Snapshot;

// The layouts are the file's: little-endian words, addresses and ports as on the wire. No record refers to another by number, so that each
// is judged alone. Ages instead of times: the clock of the next process starts elsewhere.

/// <summary>A user of the shard. 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 40)]
internal struct SnapshotUser
{
    internal ulong EndedBytesOut;
    internal ulong EndedBytesIn;
    internal long IdleMs;
    internal uint AddressBe;
    internal uint PublicAddressBe; // 0: not paired.
    internal ushort Zone;
    internal Verdict PolicyVerdict;
}

/// <summary>An IPv6 subscriber and the stand-in that its flows carry. 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 24)]
internal struct SnapshotSubscriber
{
    internal Ipv6Address Address;
    internal uint StandInBe;
    internal ushort Zone;
}

/// <summary>A port block that is leased, or on hold. 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 24)]
internal struct SnapshotBlock
{
    internal uint PublicAddressBe;
    internal uint UserAddressBe; // 0: on hold.
    internal uint HoldMs;
    internal ushort FirstPort;
    internal ushort Zone;
    internal byte IsShared;
}

/// <summary>A flow of IPv4. 72 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 72)]
internal struct SnapshotFlow
{
    internal ulong BytesOut;
    internal ulong BytesIn;
    internal ulong PacketsOut;
    internal ulong PacketsIn;
    internal long AgeMs;
    internal uint IdleMs;
    internal uint InsideAddrBe;
    internal uint RemoteAddrBe;
    internal uint ExternalAddrBe;
    internal ushort InsidePortBe;
    internal ushort RemotePortBe;
    internal ushort ExternalPortBe;
    internal ushort Zone;
    internal byte Protocol;
    internal FlowState State;
    internal FlowFlags Flags;
}

/// <summary>What a helper changed in a TCP stream: behind its flow. 208 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 208)]
internal struct SnapshotStream
{
    internal uint InsideAddrBe;
    internal uint RemoteAddrBe;
    internal ushort InsidePortBe;
    internal ushort RemotePortBe;
    internal ushort Zone;
    internal SequenceEdits Out;
    internal SequenceEdits In;
}

/// <summary>A flow of IPv6. 104 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 104)]
internal struct SnapshotIpv6Flow
{
    internal Ipv6Address Inside;
    internal Ipv6Address Remote;
    internal Ipv6Address External; // Unspecified where nothing is mapped.
    internal ulong BytesOut;
    internal ulong BytesIn;
    internal ulong PacketsOut;
    internal ulong PacketsIn;
    internal long AgeMs;
    internal uint IdleMs;
    internal ushort InsidePortBe;
    internal ushort RemotePortBe;
    internal ushort ExternalPortBe;
    internal ushort Zone;
    internal byte Protocol;
    internal FlowState State;
    internal Ipv6FlowFlags Flags;
}

/// <summary>A lease of port control. 40 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 40)]
internal struct SnapshotLease
{
    internal ulong NonceHigh;
    internal uint NonceLow;
    internal uint RemainingSeconds;
    internal uint InsideAddrBe;
    internal uint ExternalAddrBe;
    internal uint RemoteAddrBe;
    internal ushort InsidePortBe;
    internal ushort ExternalPortBe;
    internal ushort RemotePortBe;
    internal ushort Zone;
    internal byte Protocol;
    internal PcpOpcode Opcode;

    /// <summary>The lease, with the time that is left of it.</summary>
    internal readonly PcpLease ToLease(uint remainingSeconds) => new(
        Opcode, Protocol, InsideAddrBe, InsidePortBe, Zone, ExternalAddrBe, ExternalPortBe, RemoteAddrBe, RemotePortBe, new PcpNonce(NonceHigh, NonceLow), remainingSeconds);
}
