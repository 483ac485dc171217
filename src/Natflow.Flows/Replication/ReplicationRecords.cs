using System.Runtime.InteropServices;
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

/// <summary>A subscriber. 48 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
internal struct ReplicatedUser
{
    internal const int SizeBytes = 48;

    internal ReplicationHead Head;
    internal SnapshotUser User;
}
