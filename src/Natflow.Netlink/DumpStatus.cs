namespace Natflow.Netlink;

/// <summary>How a dump ended.</summary>
public enum DumpStatus : byte
{
    /// <summary>All entries came.</summary>
    Complete = 0,

    /// <summary>The table changed meanwhile (NLM_F_DUMP_INTR): entries may be missing; ask again.</summary>
    Interrupted = 1,

    /// <summary>Messages were lost or malformed; ask again.</summary>
    Lost = 2,

    /// <summary>The kernel went silent.</summary>
    TimedOut = 3,

    /// <summary>The kernel refused the request.</summary>
    Refused = 4,
}
