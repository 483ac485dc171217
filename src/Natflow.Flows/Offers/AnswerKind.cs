namespace Natflow.Flows.Offers;

/// <summary>What the offload actor tells a shard.</summary>
public enum AnswerKind : byte
{
    /// <summary>The flow is bound.</summary>
    Bound = 1,

    /// <summary>The flow was not bound, for a reason.</summary>
    NotBound = 2,

    /// <summary>What the flow's entries forwarded since the last answer.</summary>
    Counted = 3,

    /// <summary>The flow's entries are out, for a reason, and this is the last of what they forwarded.</summary>
    Final = 4,
}
