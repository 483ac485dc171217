namespace Natflow.Inspect.Reassembly;

/// <summary>What became of a piece given to a window.</summary>
internal enum WindowResult : byte
{
    /// <summary>It is kept.</summary>
    Kept = 0,

    /// <summary>It lies beyond the window.</summary>
    TooFar = 1,

    /// <summary>There would be too many holes to keep track of.</summary>
    TooManyHoles = 2,

    /// <summary>The pool has no page left.</summary>
    NoPage = 3,
}
