using System.Runtime.InteropServices;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Users;

/// <summary>
/// Policies on their way to one shard: a batch at a time, the next when the shard has answered. What changes meanwhile waits here, the newest policy of a
/// subscriber alone, so a storm of changes neither overflows the shard's mailbox nor is any lost.
/// </summary>
internal sealed class ShardOutbox(int shardIndex)
{
    private const int BatchMax = 512; // About half a millisecond of a worker's time, and no large object.

    /// <summary>Time without an answer after which a batch is sent again, ms: the shard's mailbox was full.</summary>
    internal const long ResendMs = 250;

    private readonly Queue<(UInt128 Address, ushort Zone)> _order = []; // As they came; each is in the other once.
    private readonly Dictionary<(UInt128 Address, ushort Zone), UserPolicy> _waiting = [];
    private UserPolicies? _sent;
    private long _sentMs;
    private long _number;

    /// <summary>Whether nothing waits and nothing is on its way.</summary>
    internal bool IsEmpty => _sent is null && _order.Count == 0;

    /// <summary>Adds a policy. A wish to end flows survives a newer policy.</summary>
    internal void Add(UInt128 address, ushort zone, in UserPolicy policy)
    {
        ref UserPolicy waiting = ref CollectionsMarshal.GetValueRefOrAddDefault(_waiting, (address, zone), out bool isKnown);
        if (!isKnown)
            _order.Enqueue((address, zone));
        waiting = policy with { EndsFlows = policy.EndsFlows || waiting.EndsFlows };
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

        if (_order.Count == 0)
            return null;
        var changes = new UserPolicyChange[Math.Min(BatchMax, _order.Count)];
        for (int i = 0; i < changes.Length; i++)
        {
            (UInt128 address, ushort zone) = _order.Dequeue();
            _waiting.Remove((address, zone), out UserPolicy policy);
            changes[i] = new UserPolicyChange(address, zone, policy);
        }

        if (_order.Count == 0 && _waiting.Capacity > BatchMax)
        {
            // A storm is over: what a million users needed is not kept for a few.
            _order.TrimExcess();
            _waiting.TrimExcess();
        }

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
