namespace Natflow.Cluster.Etcd;

/// <summary>A lease as etcd granted it or kept it alive.</summary>
/// <param name="Id">Its number.</param>
/// <param name="TtlSeconds">What it really lives, s: never less than one and a half election timeouts. 0 for one that is gone.</param>
/// <param name="SentTimestamp">When the request was sent, by the client's clock (<see cref="TimeProvider.GetTimestamp"/>): its life counts from here.</param>
public readonly record struct EtcdLease(long Id, int TtlSeconds, long SentTimestamp)
{
    /// <summary>Whether it lives: an answer without a time is that of a dead one.</summary>
    public bool IsAlive => TtlSeconds > 0;
}
