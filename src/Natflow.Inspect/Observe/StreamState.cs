using Natflow.Inspect.Reassembly;

namespace Natflow.Inspect.Observe;

/// <summary>One direction of a TCP connection.</summary>
internal struct StreamState
{
    /// <summary>Sequence number of the first byte that is not read yet.</summary>
    internal uint BaseSequence;

    /// <summary>What <see cref="BaseSequence"/> was at first.</summary>
    internal uint FirstSequence;

    /// <summary>What it is read as.</summary>
    internal StreamMode Mode;

    /// <summary><see cref="BaseSequence"/> is known.</summary>
    internal bool HasBase;

    /// <summary>Bytes that wait.</summary>
    internal StreamWindow Window;
}
