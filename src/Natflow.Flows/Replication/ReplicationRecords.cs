using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Snapshot;

namespace Natflow.Flows.Replication;

/// <summary>What a record is. Numbers travel between nodes: never renumber, only append.</summary>
internal enum ReplicationKind : uint
{
    /// <summary><see cref="ReplicatedUser"/>.</summary>
    User = 1,

    /// <summary><see cref="ReplicatedFlow"/>: new, or changed.</summary>
    Flow = 2,

    /// <summary><see cref="ReplicationHead"/> alone: the flow of that index has ended.</summary>
    FlowEnd = 3,

    /// <summary><see cref="ReplicatedSubscriber"/>: an IPv6 subscriber, before what refers to it.</summary>
    Subscriber = 4,

    /// <summary><see cref="ReplicatedIpv6Flow"/>: new, or changed.</summary>
    Ipv6Flow = 5,

    /// <summary><see cref="ReplicationHead"/> alone: the IPv6 flow of that index has ended.</summary>
    Ipv6FlowEnd = 6,

    /// <summary><see cref="ReplicatedBlock"/>: a port block is leased, or on hold.</summary>
    Block = 7,

    /// <summary><see cref="ReplicatedPolicy"/>: what is decided about a user, and its meters.</summary>
    Policy = 8,

    /// <summary><see cref="ReplicatedUser"/>, of which the address counts: the user is gone.</summary>
    UserEnd = 9,

    /// <summary><see cref="ReplicatedFigures"/>: what a user has used, and what of that was reported.</summary>
    Figures = 10,

    /// <summary><see cref="ReplicatedLease"/>: given, renewed, or said again.</summary>
    Lease = 11,

    /// <summary><see cref="ReplicationHead"/> alone: the lease of that index has ended.</summary>
    LeaseEnd = 12,
}

/// <summary>Begins each record. 8 bytes, little-endian as all words here; addresses and ports as on the wire.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicationHead
{
    internal const int SizeBytes = 8;

    internal ReplicationKind Kind;
    internal uint SourceIndex; // Of the flow, at the owner.
}

/// <summary>A flow. 80 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicatedFlow
{
    internal const int SizeBytes = 80;

    internal ReplicationHead Head;
    internal SnapshotFlow Flow;
}

/// <summary>A user. 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicatedUser
{
    internal const int SizeBytes = 48;

    internal ReplicationHead Head;
    internal SnapshotUser User;
}

/// <summary>An IPv6 subscriber. 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicatedSubscriber
{
    internal const int SizeBytes = 32;

    internal ReplicationHead Head;
    internal SnapshotSubscriber Subscriber;
}

/// <summary>A flow of IPv6. 112 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicatedIpv6Flow
{
    internal const int SizeBytes = 112;

    internal ReplicationHead Head;
    internal SnapshotIpv6Flow Flow;
}

/// <summary>A port block. 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicatedBlock
{
    internal const int SizeBytes = 32;

    internal ReplicationHead Head;
    internal SnapshotBlock Block;
}

/// <summary>What is decided about a user. 72 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicatedPolicy
{
    internal const int SizeBytes = 72;

    internal ReplicationHead Head;
    internal UserPolicyState State;
}

/// <summary>A user's policy and meters, as another node goes on with them. Times are relative: clocks differ. 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 64)]
internal struct UserPolicyState
{
    internal ulong OwnUpQ20;
    internal ulong OwnDownQ20;
    internal ulong AclSlots;
    internal long UpAheadNs; // How far the meter is ahead of the clock: what of the burst is used up.
    internal long DownAheadNs;
    internal uint OwnBurstMicroseconds;
    internal uint AddressBe;
    internal ushort Zone;
    internal ushort Weight;
    internal Verdict Verdict;
    internal byte Status;
    internal byte Marks; // UserMarks: Greeted, Pinned.
    internal byte HasOwnLimits;
}

/// <summary>What a user has used. 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicatedFigures
{
    internal const int SizeBytes = 64;

    internal ReplicationHead Head;
    internal UserFigures Figures;
}

/// <summary>Packets of ended flows, and the part of all traffic that the user actor was told of: the rest is told by whoever owns the shard then. 56 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 56)]
internal struct UserFigures
{
    internal ulong EndedPacketsOut;
    internal ulong EndedPacketsIn;
    internal ulong ToldPacketsOut;
    internal ulong ToldBytesOut;
    internal ulong ToldPacketsIn;
    internal ulong ToldBytesIn;
    internal uint AddressBe;
    internal ushort Zone;
}

/// <summary>A lease of port control. 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicatedLease
{
    internal const int SizeBytes = 48;

    internal ReplicationHead Head;
    internal SnapshotLease Lease;
}
