namespace Natflow.Flows.Offers;

/// <summary>What a shard tells the offload actor.</summary>
public enum OfferKind : byte
{
    /// <summary>Bind a flow. Answered.</summary>
    Bind = 1,

    /// <summary>Take a flow out. Answered by its final counters.</summary>
    Unbind = 2,

    /// <summary>A way changed: the offer's path is how it is now.</summary>
    Link = 3,

    /// <summary>Policies changed: for a PPE that does not check generations itself.</summary>
    Policies = 4,

    /// <summary>
    /// Bind one of the two flows that a hairpinned packet is of: it is bound with the other, whose remote end is this one's external end. It has no way out of its own.
    /// Answered.
    /// </summary>
    BindHairpin = 5,
}
