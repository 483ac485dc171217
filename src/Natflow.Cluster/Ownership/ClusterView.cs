using System.Globalization;
using Natflow.Cluster.Etcd;

namespace Natflow.Cluster.Ownership;

/// <summary>What a node knows of its cluster: the keys in etcd, as of a revision. It may be late, never wrong.</summary>
public sealed class ClusterView
{
    private readonly ClusterKeys _keys;
    private readonly Dictionary<string, ClusterNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _joined = new(StringComparer.Ordinal);
    private readonly Dictionary<string, NodeWish> _wishes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _draining = new(StringComparer.Ordinal);
    private readonly ShardPlan[] _plans;
    private readonly ShardOwner[] _owners;
    private readonly ShardCopy[] _copies;

    /// <summary>An empty view.</summary>
    /// <param name="keys">The cluster's keys.</param>
    /// <param name="shardCount">Shards of the cluster.</param>
    public ClusterView(ClusterKeys keys, int shardCount)
    {
        _keys = keys;
        _plans = new ShardPlan[shardCount];
        Array.Fill(_plans, ShardPlan.Nobody);
        _owners = new ShardOwner[shardCount];
        _copies = new ShardCopy[shardCount];
        Array.Fill(_copies, new ShardCopy(string.Empty, 0));
    }

    /// <summary>Revision of etcd that this is of.</summary>
    public long Revision { get; private set; }

    /// <summary>The nodes whose leases live, by name.</summary>
    public IReadOnlyDictionary<string, ClusterNode> Nodes => _nodes;

    /// <summary>Moves with each change.</summary>
    public long Version { get; private set; }

    /// <summary>Name of the node that is a member longest; empty for none.</summary>
    public string Oldest => _joined.Count == 0 ? string.Empty : _joined.MinBy(static pair => pair.Value).Key;

    /// <summary>What an operator wants of a node.</summary>
    public NodeWish WishOf(string id) => _wishes.GetValueOrDefault(id);

    /// <summary>Nodes that somebody wants to give their shards to others.</summary>
    public IReadOnlySet<string> Draining => _draining;

    /// <summary>What the leader wants, by shard.</summary>
    public IReadOnlyList<ShardPlan> Plans => _plans;

    /// <summary>Who owns, by shard.</summary>
    public IReadOnlyList<ShardOwner> Owners => _owners;

    /// <summary>Who has a copy, by shard.</summary>
    public IReadOnlyList<ShardCopy> Copies => _copies;

    /// <summary>Who balances; empty when nobody does.</summary>
    public string Leader { get; private set; } = string.Empty;

    /// <summary>Revision of its key.</summary>
    public long LeaderToken { get; private set; }

    /// <summary>Takes a whole range of the cluster's keys.</summary>
    public void Load(EtcdRangeResult range)
    {
        ArgumentNullException.ThrowIfNull(range);
        Version++;
        _nodes.Clear();
        _joined.Clear();
        _wishes.Clear();
        _draining.Clear();
        Array.Fill(_plans, ShardPlan.Nobody);
        Array.Clear(_owners);
        Array.Fill(_copies, new ShardCopy(string.Empty, 0));
        Leader = string.Empty;
        LeaderToken = 0;
        foreach (EtcdKeyValue item in range.Items)
            Set(item);
        Revision = range.Revision;
    }

    /// <summary>Takes the owner that a transaction of this node's own has written, before the watch tells.</summary>
    public void ApplyOwner(int shard, ShardOwner owner)
    {
        if (owner.Token <= _owners[shard].Token || owner.Token <= Revision)
            return;
        Version++;
        _owners[shard] = owner;
    }

    /// <summary>Takes changes; those of a revision that it has already are let go.</summary>
    public void Apply(EtcdWatchBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Version++;
        foreach (EtcdEvent change in batch.Events.Where(change => change.Item.ModRevision > Revision))
        {
            if (change.IsDelete)
                Remove(change.Item.Key);
            else
                Set(change.Item);
        }

        Revision = Math.Max(Revision, batch.Events.Count == 0 ? 0 : batch.Events[^1].Item.ModRevision);
    }

    private void Set(EtcdKeyValue item)
    {
        if (!TrySplit(item.Key, out string kind, out string name, out int shard))
            return;
        switch (kind)
        {
            case "leader":
                (Leader, LeaderToken) = (item.Text, item.ModRevision);
                break;
            case "nodes" when ClusterNode.Parse(name, item.Text) is { } node:
                _nodes[name] = node;
                _joined[name] = item.ModRevision; // It is written once under a lease.
                break;
            case "drain":
                _draining.Add(name);
                _wishes[name] = int.TryParse(item.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int wish) && Enum.IsDefined((NodeWish)wish) ? (NodeWish)wish : NodeWish.Drain;
                break;
            case "plan" when shard >= 0:
                _plans[shard] = ShardPlan.Parse(item.Text);
                break;
            case "owners" when shard >= 0:
                _owners[shard] = new ShardOwner(item.Text, item.Lease, item.ModRevision);
                break;
            case "copies" when shard >= 0:
                _copies[shard] = ParseCopy(item.Text);
                break;
        }
    }

    private void Remove(string key)
    {
        if (!TrySplit(key, out string kind, out string name, out int shard))
            return;
        switch (kind)
        {
            case "leader":
                (Leader, LeaderToken) = (string.Empty, 0);
                break;
            case "nodes":
                _nodes.Remove(name);
                _joined.Remove(name);
                break;
            case "drain":
                _wishes.Remove(name);
                _draining.Remove(name);
                break;
            case "plan" when shard >= 0:
                _plans[shard] = ShardPlan.Nobody;
                break;
            case "owners" when shard >= 0:
                _owners[shard] = default;
                break;
            case "copies" when shard >= 0:
                _copies[shard] = new ShardCopy(string.Empty, 0);
                break;
        }
    }

    private bool TrySplit(string key, out string kind, out string name, out int shard)
    {
        kind = name = string.Empty;
        shard = -1;
        if (!key.StartsWith(_keys.Prefix, StringComparison.Ordinal))
            return false;
        string rest = key[_keys.Prefix.Length..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        kind = slash < 0 ? rest : rest[..slash];
        name = slash < 0 ? string.Empty : rest[(slash + 1)..];
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < _owners.Length)
            shard = number;
        return true;
    }

    private static ShardCopy ParseCopy(string text)
    {
        string[] parts = text.Split(' ');
        return parts.Length == 3 && parts[0] == "1" && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long token)
            ? new ShardCopy(parts[1], token)
            : new ShardCopy(string.Empty, 0);
    }
}
