using System.Globalization;
using System.Text;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;

namespace Natflow.Cluster;

/// <summary>What a node writes to etcd: each by a transaction that holds only while what it was decided by still stands.</summary>
internal sealed class ClusterTransactions(ClusterAgentSettings settings, EtcdClient etcd)
{
    private const int KeysMax = 100; // Of the 128 operations that etcd takes at once.

    private readonly ClusterKeys _keys = settings.Keys;

    internal Task<EtcdAnswer<long>> WriteNode(long lease, string replication, string links, CancellationToken cancellation) => etcd.Put(
        _keys.Node(settings.Node),
        Encoding.UTF8.GetBytes(new ClusterNode(settings.Node, NodeState.Up, settings.Weight, lease, replication, links).ToText()),
        lease,
        cancellation);

    /// <summary>Takes a shard that nobody owns (token 0), or whose owner under this token is dead.</summary>
    /// <returns>The new token; 0 where it was not to be had.</returns>
    internal async Task<long> Claim(int shard, long token, long lease, CancellationToken cancellation)
    {
        string key = _keys.Owner(shard);
        EtcdAnswer<EtcdTransactionResult> answer = await etcd.Commit(
            new EtcdTransaction
            {
                Compare = [token == 0 ? EtcdCompare.Absent(key) : EtcdCompare.ModRevision(key, token), EtcdCompare.Present(_keys.Node(settings.Node))],
                Then = [EtcdOperation.Put(key, settings.Node, lease)],
            },
            cancellation);
        return answer is { IsOk: true, Value.HasSucceeded: true } ? answer.Value.Revision : 0;
    }

    internal Task Lead(long lease, CancellationToken cancellation) => etcd.Commit(
        new EtcdTransaction
        {
            Compare = [EtcdCompare.Absent(_keys.Leader), EtcdCompare.Present(_keys.Node(settings.Node))],
            Then = [EtcdOperation.Put(_keys.Leader, settings.Node, lease)],
        },
        cancellation);

    internal async Task WritePlan(long leaderToken, IEnumerable<EtcdOperation> puts, CancellationToken cancellation)
    {
        foreach (EtcdOperation[] some in puts.Chunk(KeysMax))
            await etcd.Commit(new EtcdTransaction { Compare = [EtcdCompare.ModRevision(_keys.Leader, leaderToken)], Then = some }, cancellation);
    }

    /// <summary>Makes another node the owner of a shard that this one has released.</summary>
    internal Task GiveAway(NodeAction action, long lease, CancellationToken cancellation)
    {
        string key = _keys.Owner(action.Shard);
        return etcd.Commit(
            new EtcdTransaction
            {
                Compare = [EtcdCompare.ModRevision(key, action.Token), EtcdCompare.Present(_keys.Node(action.Node))],
                Then = [EtcdOperation.Put(key, action.Node, lease)],
            },
            cancellation);
    }

    /// <summary>Says that this node has a whole copy of a shard.</summary>
    internal Task TellCopy(int shard, long ownerToken, long lease, CancellationToken cancellation) => etcd.Put(
        _keys.Copy(shard),
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"1 {settings.Node} {ownerToken}")),
        lease,
        cancellation);

    internal Task WishDrain(long lease, CancellationToken cancellation) => etcd.Put(_keys.Drain(settings.Node), "1"u8.ToArray(), lease, cancellation);

    internal Task EndLease(long lease) => etcd.Revoke(lease);
}
