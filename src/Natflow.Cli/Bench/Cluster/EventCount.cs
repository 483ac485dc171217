using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;

namespace Natflow.Cli.Bench.Cluster;

/// <summary>What one node's watch of the cluster brings it.</summary>
internal sealed class EventCount : IAsyncDisposable
{
    private readonly EtcdClient _etcd;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _running;
    private long _events;
    private long _bytes;

    /// <summary>Counts from a revision on.</summary>
    internal EventCount(BenchEtcd etcd, long revision)
    {
        _etcd = etcd.Client();
        _running = Task.Run(() => Run(revision));
    }

    /// <summary>Events, and bytes of their keys and values.</summary>
    internal (long Events, long Bytes) Now => (Interlocked.Read(ref _events), Interlocked.Read(ref _bytes));

    /// <summary>Forgets what was counted.</summary>
    internal void Clear()
    {
        Interlocked.Exchange(ref _events, 0);
        Interlocked.Exchange(ref _bytes, 0);
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _etcd.Dispose();
        _end.Dispose();
    }

    private async Task Run(long revision)
    {
        await foreach (EtcdWatchBatch batch in _etcd.Watch(new ClusterKeys(BenchNode.ClusterName).Prefix, revision, _end.Token))
        {
            Interlocked.Add(ref _events, batch.Events.Count);
            Interlocked.Add(ref _bytes, batch.Events.Sum(static item => item.Item.Key.Length + item.Item.Value.Length));
        }
    }
}
