namespace Natflow.Gateway.Ppe;

/// <summary>What the offload actor did since start. Its thread writes; a copy travels.</summary>
public struct OffloadCounters
{
    /// <summary>Flows bound.</summary>
    public ulong Bound;

    /// <summary>Flows bound in the last whole pass, scaled to a second.</summary>
    public ulong BoundLastSecond;

    /// <summary>Flows that the PPE did not take.</summary>
    public ulong Refused;

    /// <summary>Flows taken out because their shard wished it.</summary>
    public ulong Unbound;

    /// <summary>Flows taken out to make room.</summary>
    public ulong Evicted;

    /// <summary>Flows taken out because their way or policy had changed.</summary>
    public ulong Stale;

    /// <summary>Flows whose entries somebody else had cleared.</summary>
    public ulong Lost;

    /// <summary>Flows that an earlier gateway had bound.</summary>
    public ulong Adopted;

    /// <summary>Ways told to the PPE.</summary>
    public ulong LinksSet;

    /// <summary>Of the last flows, 8,192 at least: median time from the packet that let a flow be offered until it was bound, whole ms; 1,023 for longer.</summary>
    public uint BindDelayMedianMs;

    /// <summary>What 99 of 100 flows did not exceed.</summary>
    public uint BindDelayP99Ms;
}
