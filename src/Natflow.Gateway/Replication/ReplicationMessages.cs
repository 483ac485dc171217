namespace Natflow.Gateway.Replication;

/// <summary>Tells a shard to write what changes to a link from now on, beginning with everything. Answered by itself.</summary>
/// <param name="Link">Gets the records; null ends it.</param>
/// <param name="AgeMs">Flows younger than this, ms, are not told.</param>
public sealed record TapRequest(ReplicationLink? Link, long AgeMs);

/// <summary>Tells a shard that is no longer owned to write the rest, young flows too; the link's mark says when. Answered by itself: no frame is forwarded after that.</summary>
public sealed record TapFlushRequest
{
    /// <summary>The only one.</summary>
    public static readonly TapFlushRequest Instance = new();
}

/// <summary>Empties a shard that is not owned: a whole copy follows. Answered by itself.</summary>
public sealed record ReplicaResetRequest
{
    /// <summary>The only one.</summary>
    public static readonly ReplicaResetRequest Instance = new();
}

/// <summary>Records for a shard that is not owned. The answer is a <see cref="ReplicaAnswer"/>.</summary>
/// <param name="Records">Any bytes.</param>
public sealed record ReplicaRecords(ReadOnlyMemory<byte> Records);

/// <summary>What became of <see cref="ReplicaRecords"/>.</summary>
/// <param name="IsWhole">False where the bytes are no records, or the shard is owned here.</param>
/// <param name="RefusedCount">Records refused since the copy began.</param>
public sealed record ReplicaAnswer(bool IsWhole, long RefusedCount);
