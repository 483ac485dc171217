using Natflow.Gateway.Flow;

namespace Natflow.Gateway.Rx;

/// <summary>The way to a shard: a call where it lives on the same worker, else a ring. Exactly one of the two is there.</summary>
public readonly record struct ShardLink
{
    private ShardLink(FlowStage? local, HandoffRing? ring)
    {
        Local = local;
        Ring = ring;
    }

    /// <summary>The shard's stage, on the same worker.</summary>
    public FlowStage? Local { get; }

    /// <summary>The ring to the shard's worker.</summary>
    public HandoffRing? Ring { get; }

    /// <summary>A shard on the same worker.</summary>
    public static ShardLink To(FlowStage local) => new(local, ring: null);

    /// <summary>A shard of another worker.</summary>
    public static ShardLink To(HandoffRing ring) => new(local: null, ring);
}
