namespace Natflow.Bpf;

/// <summary>What <see cref="TrafficControl.Detach"/> found.</summary>
public enum TrafficDetach : byte
{
    /// <summary>No program of ours.</summary>
    Nothing = 0,

    /// <summary>A program of ours, at a hook that was there before it.</summary>
    Detached = 1,

    /// <summary>A program of ours, at a hook that was made for it: unless another's filters came, it is in nobody's use now.</summary>
    DetachedFromOwnHook = 2,
}
