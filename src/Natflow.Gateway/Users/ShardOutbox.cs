using System.Runtime.InteropServices;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Users;

/// <summary>
/// Policies on their way to one shard: a batch at a time, the next when the shard has answered. What changes meanwhile waits here, the newest policy of a
/// subscriber alone, so a storm of changes neither overflows the shard's mailbox nor is any lost. What is urgent passes all else: an operator's word does not wait for
/// a million users who have come at once.
/// </summary>
internal sealed class ShardOutbox(int shardIndex)
{
    private const int BatchMax = 512; // About half a millisecond of a worker's time, and no large object.

    /// <summary>Time without an answer after which a batch is sent again, ms: the shard's mailbox was full.</summary>
    internal const long ResendMs = 250;

    private readonly Queue<(UInt128 Address, ushort Zone)> _urgent = []; // As they came; each once.
    private readonly Queue<(UInt128 Address, ushort Zone)> _order = []; // As they came; what has gone as urgent meanwhile is still here, and no longer waits.
    private readonly Dictionary<(UInt128 Address, ushort Zone), (UserPolicy Policy, bool IsUrgent)> _waiting = [];
    private readonly Queue<(long Number, Action Done)> _wishes = [];
    private UserPolicies? _sent;
    private long _sentMs;
    private long _number;

    /// <summary>Whether nothing waits and nothing is on its way.</summary>
    internal bool IsEmpty => _sent is null && _waiting.Count == 0;

    /// <summary>Adds a policy. A wish to end flows survives a newer policy.</summary>
    internal void Add(UInt128 address, ushort zone, in UserPolicy policy, bool isUrgent)
    {
        ref (UserPolicy Policy, bool IsUrgent) waiting = ref CollectionsMarshal.GetValueRefOrAddDefault(_waiting, (address, zone), out bool isKnown);
        if (isUrgent && !waiting.IsUrgent)
            _urgent.Enqueue((address, zone));
        else if (!isKnown)
            _order.Enqueue((address, zone));
        waiting = (policy with { EndsFlows = policy.EndsFlows || waiting.Policy.EndsFlows }, isUrgent || waiting.IsUrgent);
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
        var changes = new UserPolicyChange[Math.Min(BatchMax, _waiting.Count)];
        for (int i = 0; i < changes.Length;)
        {
            if (!_urgent.TryDequeue(out (UInt128 Address, ushort Zone) subscriber))
                subscriber = _order.Dequeue();
            if (_waiting.Remove(subscriber, out (UserPolicy Policy, bool IsUrgent) waiting))
                changes[i++] = new UserPolicyChange(subscriber.Address, subscriber.Zone, waiting.Policy);
        }

        if (_waiting.Count == 0)
            OnAllSent();

        _sent = new UserPolicies(shardIndex, ++_number, changes);
        _sentMs = nowMs;
        return _sent;
    }

    /// <summary>The shard has answered.</summary>
    internal void OnTaken(long number)
    {
        if (_sent?.Number != number)
            return;
        _sent = null;
        while (_wishes.TryPeek(out (long Number, Action Done) wish) && wish.Number <= number)
            _wishes.Dequeue().Done();
    }

    /// <summary>Calls back, on the caller's thread or in <see cref="OnTaken"/>, when all that is urgent and was added before is in force.</summary>
    internal void WhenTaken(Action done)
    {
        if (IsEmpty)
            done();
        else
            _wishes.Enqueue((_number + ((_urgent.Count + BatchMax - 1) / BatchMax), done)); // Batches are full while more waits, so what waits now is in no later one.
    }

    private void OnAllSent()
    {
        _urgent.Clear();
        _order.Clear();
        if (_waiting.Capacity <= BatchMax)
            return;
        // A storm is over: what a million users needed is not kept for a few.
        _order.TrimExcess();
        _waiting.TrimExcess();
    }
}
