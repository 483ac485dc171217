using Natflow.Gateway.Users;
using Natflow.Journal.Events;

namespace Natflow.Journal.Users;

/// <summary>Makes the bytes of what would be put on record, and keeps none: for whoever wants that code compiled before it is needed.</summary>
/// <param name="catalogue">The events.</param>
public sealed class EncodingSink(EventCatalogue catalogue) : IPolicyEventSink
{
    private static readonly UserName Nobody = new("192.0.2.1", 0);

    /// <summary>Bytes made.</summary>
    public long BytesMade { get; private set; }

    /// <inheritdoc />
    public void Publish(PolicyEvent policyEvent)
    {
        IJournalEvent? fact = policyEvent is UserEvent userEvent ? UserFacts.Of(userEvent, Nobody, static _ => null) : RuleFacts.Of(policyEvent) ?? PortalFacts.Of(policyEvent);
        if (fact is not null)
            BytesMade += catalogue.Encode(fact).Payload.Length;
    }
}
