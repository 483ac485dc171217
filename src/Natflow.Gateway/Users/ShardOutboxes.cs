using Natflow.Flows.Users;

namespace Natflow.Gateway.Users;

/// <summary>The outboxes of all shards. What a command changes is urgent.</summary>
internal sealed class ShardOutboxes
{
    private readonly Dictionary<int, ShardOutbox> _all = [];
    private readonly HashSet<ShardOutbox> _touched = [];
    private bool _isCommand;

    /// <summary>Where the last command has changed something.</summary>
    internal IReadOnlyCollection<ShardOutbox> Touched => _touched;

    /// <summary>Carries a command out.</summary>
    internal UserCommandAnswer Do(Func<UserCommandAnswer> command)
    {
        _touched.Clear();
        _isCommand = true;
        UserCommandAnswer answer = command();
        _isCommand = false;
        return answer;
    }

    /// <summary>Adds a policy for a shard.</summary>
    internal void Add(int shard, UInt128 address, ushort zone, in UserPolicy policy)
    {
        if (!_all.TryGetValue(shard, out ShardOutbox? outbox))
            _all.Add(shard, outbox = new ShardOutbox(shard));
        outbox.Add(address, zone, in policy, _isCommand);
        if (_isCommand)
            _touched.Add(outbox);
    }

    /// <summary>A shard has answered.</summary>
    internal void OnTaken(UserPoliciesTaken taken)
    {
        if (_all.TryGetValue(taken.ShardIndex, out ShardOutbox? outbox))
            outbox.OnTaken(taken.Number);
    }

    /// <summary>Sends what is to be sent now.</summary>
    /// <returns>Whether something waits, or is not answered.</returns>
    internal bool Flush(long nowMs, Action<UserPolicies> send)
    {
        bool waits = false;
        foreach (ShardOutbox outbox in _all.Values)
        {
            if (outbox.Next(nowMs) is { } batch)
                send(batch);
            waits |= !outbox.IsEmpty;
        }

        return waits;
    }
}
