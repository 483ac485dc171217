using System.Text;
using Natflow.Cluster.Etcd;

namespace Natflow.Cluster.Tests.Ownership;

/// <summary>What etcd does with keys and leases, at a virtual time: leases end late by up to half a second, never early.</summary>
internal sealed class FakeEtcd
{
    internal const int TtlMs = 2000;

    private readonly SortedDictionary<string, EtcdKeyValue> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<long, long> _leases = [];
    private long _lastLease = 1000;

    internal long Revision { get; private set; } = 1;

    internal long Grant(long nowMs)
    {
        _leases[++_lastLease] = nowMs + TtlMs;
        return _lastLease;
    }

    internal bool KeepAlive(long lease, long nowMs)
    {
        if (!_leases.ContainsKey(lease))
            return false;
        _leases[lease] = nowMs + TtlMs;
        return true;
    }

    internal void Expire(long nowMs, Func<int> lateMs)
    {
        foreach (long lease in _leases.Where(pair => pair.Value + lateMs() <= nowMs).Select(static pair => pair.Key).ToArray())
        {
            _leases.Remove(lease);
            Revision++;
            foreach (string key in _keys.Where(pair => pair.Value.Lease == lease).Select(static pair => pair.Key).ToArray())
                _keys.Remove(key);
        }
    }

    /// <summary>Puts keys if each compared key has the revision (0: is absent).</summary>
    internal bool Commit((string Key, long Mod)[] compare, (string Key, string Value, long Lease)[] puts)
    {
        if (compare.Any(item => (_keys.TryGetValue(item.Key, out EtcdKeyValue? found) ? found.ModRevision : 0) != item.Mod)
            || puts.Any(put => put.Lease != 0 && !_leases.ContainsKey(put.Lease)))
        {
            return false;
        }

        Revision++;
        foreach ((string key, string value, long lease) in puts)
            _keys[key] = new EtcdKeyValue(key, Encoding.UTF8.GetBytes(value), Revision, Revision, lease);
        return true;
    }

    internal void Delete(string key)
    {
        if (_keys.Remove(key))
            Revision++;
    }

    internal bool Has(string key) => _keys.ContainsKey(key);

    internal EtcdRangeResult Snapshot() => new(Revision, [.. _keys.Values], HasMore: false);
}
