using Natflow.Flows.Users;

namespace Natflow.Gateway.Users;

/// <summary>
/// Policies on their way to one shard: a batch at a time, the next when the shard has answered. What changes meanwhile waits here, the newest policy of a
/// subscriber alone, so a storm of changes neither overflows the shard's mailbox nor is any lost.
/// </summary>
internal sealed class ShardOutbox(int shardIndex)
{
    private const int BatchMax = 2048;

    /// <summary>Time without an answer after which a batch is sent again, ms: the shard's mailbox was full.</summary>
    internal const long ResendMs = 250;

    private readonly Dictionary<(UInt128 Address, ushort Zone), UserPolicy> _waiting = [];
    private UserPolicies? _sent;
    private long _sentMs;
    private long _number;

    /// <summary>Whether nothing waits and nothing is on its way.</summary>
    internal bool IsEmpty => _sent is null && _waiting.Count == 0;

    /// <summary>Adds a policy. A wish to end flows survives a newer policy.</summary>
    internal void Add(UInt128 address, ushort zone, in UserPolicy policy)
    {
        bool endsFlows = policy.EndsFlows || (_waiting.TryGetValue((address, zone), out UserPolicy older) && older.EndsFlows);
        _waiting[(address, zone)] = policy with { EndsFlows = endsFlows };
    }

    /// <summary>The batch that is to be sent now, or null.</summary>
    internal UserPolicies? Next(long nowMs)
    {
        if (_sent is not null)
        {
            if (nowMs - _sentMs < ResendMs)
                return null;
            _sentMs = nowMs;
            return _sent;
        }

        if (_waiting.Count == 0)
            return null;
        var changes = new List<UserPolicyChange>(Math.Min(BatchMax, _waiting.Count));
        foreach (KeyValuePair<(UInt128 Address, ushort Zone), UserPolicy> waiting in _waiting)
        {
            changes.Add(new UserPolicyChange(waiting.Key.Address, waiting.Key.Zone, waiting.Value));
            if (changes.Count == BatchMax)
                break;
        }

        foreach (UserPolicyChange change in changes)
            _waiting.Remove((change.Address, change.Zone));
        _sent = new UserPolicies(shardIndex, ++_number, changes);
        _sentMs = nowMs;
        return _sent;
    }

    /// <summary>The shard has answered.</summary>
    internal void OnTaken(long number)
    {
        if (_sent?.Number == number)
            _sent = null;
    }
}
