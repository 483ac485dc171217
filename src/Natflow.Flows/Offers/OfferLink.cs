using Natflow.Memory;

namespace Natflow.Flows.Offers;

/// <summary>The two rings between a shard and the offload actor. The actor's side may be restarted; the rings stay.</summary>
public sealed class OfferLink : IDisposable
{
    /// <summary>Makes empty rings.</summary>
    /// <param name="capacity">Messages that may wait in each, a power of two.</param>
    public OfferLink(int capacity = 8192)
    {
        Offers = new SpscRing<FlowOffer>(capacity);
        Answers = new SpscRing<OfferAnswer>(capacity);
    }

    /// <summary>From the shard.</summary>
    public SpscRing<FlowOffer> Offers { get; }

    /// <summary>Wakes who takes the offers; called by the shard's worker at the end of a turn while some are there. Null where nobody waits.</summary>
    public Action? Waker { get; set; }

    /// <summary>To the shard.</summary>
    public SpscRing<OfferAnswer> Answers { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        Offers.Dispose();
        Answers.Dispose();
    }
}
