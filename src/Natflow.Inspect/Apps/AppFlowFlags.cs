namespace Natflow.Inspect.Apps;

/// <summary>States of an <see cref="AppFlow"/>.</summary>
[Flags]
internal enum AppFlowFlags : byte
{
    None = 0,

    /// <summary>A packet was seen.</summary>
    Armed = 1 << 0,

    /// <summary>No further packet is inspected.</summary>
    Finished = 1 << 1,

    /// <summary>The flow began with a SYN, or is UDP: who asks and who answers is known.</summary>
    OriginSure = 1 << 2,

    /// <summary>The answer came from the reply direction.</summary>
    FromReply = 1 << 3,

    /// <summary>The weak evidence came from the reply direction.</summary>
    WeakFromReply = 1 << 4,

    /// <summary>The application was inferred from a DNS answer.</summary>
    Inferred = 1 << 5,

    /// <summary>The flow's packets so far gave no evidence: weak evidence that comes later has them against it.</summary>
    Unexplained = 1 << 6,
}
