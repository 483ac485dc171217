namespace Natflow.Flows.Paths;

/// <summary>How far the way to a next hop is known.</summary>
public enum PathState : byte
{
    /// <summary>The entry is not in use.</summary>
    Free = 0,

    /// <summary>Frames leave with the link header they came with: captures, memory ports.</summary>
    AsIs = 1,

    /// <summary>The next hop's link address is asked for; frames wait, bounded, and are dropped after a while.</summary>
    Pending = 2,

    /// <summary>The link header is known.</summary>
    Ready = 3,

    /// <summary>The link is down.</summary>
    Down = 4,

    /// <summary>Routes changed: whoever takes this way asks anew. The number goes with the last subscriber that carries it.</summary>
    Stale = 5,
}
