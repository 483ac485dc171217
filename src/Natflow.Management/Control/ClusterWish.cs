namespace Natflow.Management.Control;

/// <summary>What a node of a cluster is to do.</summary>
public enum ClusterWish
{
    /// <summary>Take part, again or for the first time.</summary>
    Join,

    /// <summary>Give its shards to others and take none; it stays a member.</summary>
    Drain,

    /// <summary>As <see cref="Drain"/>, and cease to be a member then.</summary>
    Leave,

    /// <summary>Stop at once and cease to be a member.</summary>
    Down,
}
