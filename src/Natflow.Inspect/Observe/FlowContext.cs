using Natflow.Inspect.Quic;

namespace Natflow.Inspect.Observe;

/// <summary>A flow under inspection.</summary>
internal struct FlowContext
{
    /// <summary>Both ends in canonical order.</summary>
    internal FlowEnds Ends;

    /// <summary>Next context of the bucket, or of the free list.</summary>
    internal int Next;

    /// <summary>Neighbours by last use.</summary>
    internal int Older;

    /// <summary>Neighbours by last use.</summary>
    internal int Newer;

    /// <summary>Neighbours among the flows that hold pages, by when they began to.</summary>
    internal int HoldsBefore;

    /// <summary>Neighbours among the flows that hold pages, by when they began to.</summary>
    internal int HoldsAfter;

    /// <summary>It is among the flows that hold pages.</summary>
    internal bool IsHolding;

    /// <summary>Packets with payload so far.</summary>
    internal int Packets;

    /// <summary>Requests reported so far.</summary>
    internal int Requests;

    /// <summary>Hash of <see cref="Ends"/>.</summary>
    internal uint Hash;

    /// <summary>When it was entered, ns.</summary>
    internal long StartNs;

    /// <summary>The canonical order has the end first that did not begin the flow.</summary>
    internal bool IsReplyFirst;

    /// <summary>From the first end to the second.</summary>
    internal StreamState Forward;

    /// <summary>From the second end to the first.</summary>
    internal StreamState Backward;

    /// <summary>UDP only.</summary>
    internal QuicFlow Quic;

    /// <summary>Bytes of it wait.</summary>
    internal readonly bool HasPages => !Forward.Window.IsEmpty || !Backward.Window.IsEmpty || !Quic.Crypto.IsEmpty;
}
