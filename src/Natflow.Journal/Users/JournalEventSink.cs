using System.Collections.Concurrent;
using Natflow.Gateway.Users;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Users;

/// <summary>Puts on record what is decided about users and rules.</summary>
/// <remarks>Called by the user actor, the policy actor and the login page.</remarks>
/// <param name="writer">Takes the events.</param>
public sealed class JournalEventSink(JournalWriter writer) : IPolicyEventSink
{
    /// <summary>Stream of what concerns users.</summary>
    public const string UserStream = "users";

    /// <summary>Stream of what concerns rules.</summary>
    public const string RuleStream = "rules";

    // By the user's number: events name users by it, the record by address.
    private readonly ConcurrentDictionary<ulong, UserName> _names = new();

    /// <inheritdoc />
    public void Publish(PolicyEvent policyEvent)
    {
        if (policyEvent is UserEvent userEvent)
            PublishUser(userEvent);
        else if (RuleFacts.Of(policyEvent) is { } fact)
            writer.Append(RuleStream, [new JournalFact(fact, policyEvent.At.UtcTicks)]);
        else if (PortalFacts.Of(policyEvent) is { } login)
            writer.Append(UserStream, [new JournalFact(login, policyEvent.At.UtcTicks)]);
    }

    /// <inheritdoc />
    public void WhenKept(Action done) => writer.WhenKept(done);

    private void PublishUser(UserEvent userEvent)
    {
        switch (userEvent)
        {
            case Gateway.Users.UserSeen seen:
                _names[seen.UserId] = new UserName(seen.Address, seen.Zone);
                break;
            case UserRestored restored:
                _names[restored.UserId] = new UserName(restored.Address, restored.Zone);
                return;
        }

        if (!_names.TryGetValue(userEvent.UserId, out UserName name))
            return;
        if (UserFacts.Of(userEvent, name, id => _names.TryGetValue(id, out UserName other) ? other.Address : null) is { } fact)
            writer.Append(UserStream, [new JournalFact(fact, userEvent.At.UtcTicks)]);
        if (userEvent is Gateway.Users.UserJoined joined)
            _names.TryRemove(joined.AbsorbedId, out _);
        else if (userEvent is UserExpired)
            _names.TryRemove(userEvent.UserId, out _);
    }
}
