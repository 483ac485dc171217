using Natflow.Cluster.Ownership;
using Natflow.Testing;

namespace Natflow.Cluster.Tests.Ownership;

/// <summary>
/// Several nodes and an etcd in virtual time: messages are late or lost, nodes are cut off, paused, killed and drained, their clocks are apart by up to 30 s
/// and run at different speeds. After each event it looks who forwards what.
/// </summary>
internal sealed class OwnershipSimulation
{
    internal const int Shards = 8;
    internal const int Nodes = 4;
    private const int EndMs = 60_000;
    private const int CalmMs = 40_000;

    private readonly Prng _prng;
    private readonly FakeEtcd _etcd = new();
    private readonly PriorityQueue<Action, (long, long)> _events = new();
    private readonly ClusterKeys _keys = new("sim");
    private readonly SimNode[] _nodes;
    private readonly int _marginMs;
    private long _sequence;
    private long _seenRevision;
    private bool _isCalm; // No fault any more: nothing is lost, and nobody renews late.

    internal OwnershipSimulation(int seed, int marginMs)
    {
        _prng = new Prng(seed);
        _marginMs = marginMs;
        _nodes = [.. Enumerable.Range(0, Nodes).Select(i => new SimNode($"n{i}", i, _keys, Shards, _prng.Next(60_000) - 30_000, 0.99 + (_prng.Next(21) / 1000.0)))];
    }

    internal long NowMs { get; private set; }

    internal int ActivationCount { get; private set; }

    internal int HandOverCount { get; private set; }

    internal int KillCount { get; private set; }

    /// <summary>Two owners at a time: what, where and when; null when there never were.</summary>
    internal string? Violation { get; private set; }

    /// <summary>Whether in the end every shard had one owner.</summary>
    internal bool IsServed => Enumerable.Range(0, Shards).All(shard => _nodes.Count(node => Forwards(node, shard)) == 1);

    internal void Run()
    {
        foreach (SimNode node in _nodes)
            At(_prng.Next(500), () => Turn(node));
        At(1500, Fault);
        At(5, Tick);
        while (Violation is null && _events.TryDequeue(out Action? action, out (long At, long Order) due) && due.At <= EndMs)
        {
            NowMs = due.At;
            _etcd.Expire(NowMs, () => _prng.Next(500));
            action();
            Publish();
            Check();
        }
    }

    private void At(long inMs, Action action) => _events.Enqueue(action, (NowMs + inMs, _sequence++));

    // Looks at least each 5 ms who forwards: deadlines pass between messages.
    private void Tick() => At(5, Tick);

    // A turn is what the agent does: keep the lease alive, look, act.
    private void Turn(SimNode node)
    {
        if (node.IsKilled)
            return;
        At(50 + _prng.Next(60), () => Turn(node));
        if (node.IsPaused)
            return;
        if (!node.HasLease || _isCalm || _prng.Next(4) == 0)
            Renew(node);
        node.Core.OnView(node.View);
        foreach (NodeAction action in node.Core.Decide(node.View, node.Clock(NowMs), IsDead))
            Execute(node, action);
        for (int shard = 0; shard < Shards; shard++)
            Copy(node, shard);
    }

    private void Renew(SimNode node)
    {
        long sentMs = node.Clock(NowMs);
        Request(node, () =>
        {
            if (!node.HasLease)
            {
                long lease = _etcd.Grant(NowMs);
                Answer(node, () => OnGranted(node, lease, sentMs));
                return;
            }

            long asked = node.Lease;
            bool lives = _etcd.KeepAlive(asked, NowMs);
            Answer(node, () => OnKeptAlive(node, asked, lives, sentMs));
        });
    }

    private void OnGranted(SimNode node, long lease, long sentMs)
    {
        if (node.HasLease)
            return;
        node.Lease = lease;
        node.Core.OnLease(lease, sentMs, FakeEtcd.TtlMs, _marginMs);
        var value = new ClusterNode(node.Id, NodeState.Up, 100, lease, "r", "t");
        Request(node, () => _etcd.Commit([], [(_keys.Node(node.Id), value.ToText(), lease)]));
    }

    private void OnKeptAlive(SimNode node, long lease, bool lives, long sentMs)
    {
        if (lease != node.Lease)
            return;
        if (lives)
        {
            node.Core.OnLease(lease, sentMs, FakeEtcd.TtlMs, _marginMs);
            return;
        }

        node.Core.OnLeaseLost();
        node.Lease = 0;
    }

    private void Execute(SimNode node, NodeAction action)
    {
        switch (action.Kind)
        {
            case NodeActionKind.Claim:
                Request(node, () => ActivationCount += _etcd.Commit([(_keys.Owner(action.Shard), action.Token)], [(_keys.Owner(action.Shard), node.Id, node.Lease)]) ? 1 : 0);
                break;
            case NodeActionKind.Lead:
                Request(node, () => _etcd.Commit([(_keys.Leader, 0)], [(_keys.Leader, node.Id, node.Lease)]));
                break;
            case NodeActionKind.Plan:
                ShardPlan[] plan = ShardPlanner.Plan(node.View.Nodes.Values, node.View.Draining, node.View.Owners, node.View.Plans);
                Request(node, () => _etcd.Commit([(_keys.Leader, action.Token)], [.. plan.Select((item, shard) => (_keys.Plan(shard), item.ToText(), 0L))]));
                break;
            case NodeActionKind.HandOver:
                HandOver(node, action, node.View.Nodes[action.Node].Lease);
                break;
        }
    }

    // Stops first. Whether the transaction was done may stay unknown: the core finds out.
    private void HandOver(SimNode node, NodeAction action, long lease)
    {
        node.Core.Release(action.Shard, node.Clock(NowMs) + 400);
        Request(node, () => HandOverCount += _etcd.Commit([(_keys.Owner(action.Shard), action.Token)], [(_keys.Owner(action.Shard), action.Node, lease)]) ? 1 : 0);
    }

    private void Copy(SimNode node, int shard)
    {
        ShardOwner owner = node.View.Owners[shard];
        ShardPlan plan = node.View.Plans[shard];
        string writer = plan.Owner != owner.Node ? plan.Owner : plan.Standby;
        var copy = new ShardCopy(node.Id, owner.Token);
        if (owner.IsSomebody && owner.Node != node.Id && writer == node.Id && node.View.Copies[shard] != copy && node.HasLease)
            Request(node, () => _etcd.Commit([], [(_keys.Copy(shard), $"1 {node.Id} {owner.Token}", node.Lease)]));
    }

    private bool IsDead(ShardOwner owner) => _nodes.Any(node => node.Id == owner.Node && node.IsKilled);

    private void Request(SimNode node, Action atEtcd) => At(_prng.Next(120), () =>
    {
        if (!node.IsCutOff && !IsLost())
            atEtcd();
    });

    private void Answer(SimNode node, Action atNode) => At(_prng.Next(120), () =>
    {
        if (!node.IsCutOff && !node.IsKilled && !IsLost())
            node.Do(atNode);
    });

    private bool IsLost() => !_isCalm && _prng.Next(50) == 0;

    private void Publish()
    {
        if (_etcd.Revision == _seenRevision && _prng.Next(20) != 0)
            return;
        _seenRevision = _etcd.Revision;
        Natflow.Cluster.Etcd.EtcdRangeResult snapshot = _etcd.Snapshot();
        foreach (SimNode node in _nodes)
        {
            Answer(node, () =>
            {
                if (snapshot.Revision >= node.View.Revision)
                    node.View.Load(snapshot);
            });
        }
    }

    private void Fault()
    {
        if (NowMs < CalmMs)
        {
            At(300 + _prng.Next(2500), Fault);
            OneFault(_nodes[_prng.Next(Nodes)]);
            return;
        }

        _isCalm = true;
        foreach (SimNode node in _nodes)
        {
            node.IsCutOff = false;
            node.Resume();
            _etcd.Delete(_keys.Drain(node.Id));
        }
    }

    private void OneFault(SimNode node)
    {
        switch (_prng.Next(8))
        {
            case 0 or 1:
                node.IsCutOff = !node.IsCutOff;
                break;
            case 2 or 3:
                if (node.IsPaused)
                    node.Resume();
                else
                    node.IsPaused = true;
                break;
            case 4 when _nodes.Count(static other => !other.IsKilled) > 2:
                node.IsKilled = true;
                KillCount++;
                break;
            case 5:
                _etcd.Commit([], [(_keys.Drain(node.Id), "1", 0)]);
                break;
            default:
                _etcd.Delete(_keys.Drain(node.Id));
                node.IsCutOff = false;
                node.Resume();
                break;
        }
    }

    private bool Forwards(SimNode node, int shard) => !node.IsKilled && node.Core.IsOwner(shard, node.Clock(NowMs));

    private void Check()
    {
        for (int shard = 0; shard < Shards; shard++)
        {
            SimNode[] owners = [.. _nodes.Where(node => Forwards(node, shard))];
            if (owners.Length > 1)
                Violation ??= $"shard {shard} at {NowMs} ms: {string.Join(" and ", owners.Select(static node => node.Id))}";
        }
    }
}
