using Natflow.Inspect.Reassembly;

namespace Natflow.Inspect.Observe;

/// <summary>One direction of a TCP connection.</summary>
internal struct StreamState
{
    /// <summary>Sequence number of the first byte that is not read yet.</summary>
    internal uint BaseSequence;

    /// <summary>Sequence number of the SYN, where one was seen.</summary>
    internal uint SynSequence;

    /// <summary>What it is read as.</summary>
    internal StreamMode Mode;

    /// <summary><see cref="BaseSequence"/> is known.</summary>
    internal bool HasBase;

    /// <summary>A SYN was seen.</summary>
    internal bool HasSyn;

    /// <summary>Bytes that wait.</summary>
    internal StreamWindow Window;
}
