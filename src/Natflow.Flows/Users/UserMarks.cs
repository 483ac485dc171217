namespace Natflow.Flows.Users;

/// <summary>What a shard notes about a subscriber.</summary>
[Flags]
public enum UserMarks : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Its status is known.</summary>
    Greeted = 1,

    /// <summary>It waits to be told to the user actor.</summary>
    Queued = 2,

    /// <summary>The user actor wants the entry kept while there are no flows.</summary>
    Pinned = 4,

    /// <summary>Kept without flows, blocks and timer.</summary>
    Parked = 8,
}
