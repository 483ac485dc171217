using System.Net;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Replication;
using Natflow.Cluster.Tests.Etcd;

namespace Natflow.Cluster.Tests;

/// <summary>Several nodes in this process on a real etcd: shards are dealt, copied, handed over and taken over.</summary>
public sealed class ClusterAgentTests
{
    private const int Shards = 8;
    private static readonly byte[] Records = [1, 2, 3, 4, 5];

    [EtcdFact]
    public async Task Start_ThreeNodes_ShardsAreDealtAndCopied()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        await using var a = new Node(etcd, "a");
        await using var b = new Node(etcd, "b");
        await using var c = new Node(etcd, "c");
        Node[] nodes = [a, b, c];
        await TestEtcd.Until(() => Task.FromResult(nodes.Sum(static node => node.Agent.OwnedShards.Count) == Shards && nodes.All(static node => node.Agent.OwnedShards.Count is 2 or 3)));
        await TestEtcd.Until(() => Task.FromResult(nodes.Sum(static node => node.Agent.CopiedShards.Count) >= Shards));
        Assert.All(Enumerable.Range(0, Shards), shard => Assert.Single(nodes, node => node.Host.IsForwarding(shard)));
    }

    [EtcdFact]
    public async Task Drain_TwoNodes_EveryRecordIsAtTheOtherAndNoShardIsForwardedTwice()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        await using var a = new Node(etcd, "a");
        await TestEtcd.Until(() => Task.FromResult(a.Agent.OwnedShards.Count == Shards));
        for (int shard = 0; shard < Shards; shard++)
            a.Host.Add(shard, (byte)shard);
        await using var b = new Node(etcd, "b");
        await TestEtcd.Until(() => Task.FromResult(b.Agent.OwnedShards.Count == Shards / 2));
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        await a.Agent.Drain(timeout.Token);

        await TestEtcd.Until(() => Task.FromResult(b.Agent.OwnedShards.Count == Shards));
        Assert.Equal(Shards, a.Host.RecordedCount); // Half of them when b came.
        Assert.All(b.Host.Claims, static claim => Assert.False(claim.WasForwarding)); // The journal refuses the owner of before from then on.
        for (int shard = 0; shard < Shards; shard++)
        {
            Assert.True(b.Host.Claims.Last(claim => claim.Shard == shard).Token > a.Host.Claims.Last(claim => claim.Shard == shard).Token);
            Assert.False(a.Host.IsForwarding(shard));
            Assert.Equal([(byte)shard], b.Host.State(shard));
        }
    }

    [EtcdFact]
    public async Task Drain_TheOtherIsNotAbreast_WaitsAndLosesNothing()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        await using var a = new Node(etcd, "a");
        await using var b = new Node(etcd, "b");
        int[] going = await OwnedBy(a, b);
        using var held = new HeldApplying(b.Host);
        held.Begin();
        await Tell(a, going);
        int prepared = Volatile.Read(ref a.Host.PreparedCount);
        Task drain = a.Agent.Drain(CancellationToken.None);
        await TestEtcd.Until(() => Task.FromResult(Volatile.Read(ref a.Host.PreparedCount) >= prepared + (3 * going.Length))); // Each was to go three times.
        Assert.Equal(going, a.Agent.OwnedShards);

        held.Dispose();

        await AllGo(drain, going, b);
    }

    [EtcdFact]
    public async Task Drain_TheOtherStopsToTakeTheLast_TheShardStaysAndLosesNothing()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        await using var a = new Node(etcd, "a");
        await using var b = new Node(etcd, "b");
        int[] going = await OwnedBy(a, b);
        using var held = new HeldApplying(b.Host);
        int stopped = 0;
        a.Host.OnFlush = shard =>
        {
            if (Interlocked.Increment(ref stopped) > going.Length)
                return;
            held.Begin();
            foreach (byte record in Records)
                a.Host.Add(shard, record);
        };
        Task drain = a.Agent.Drain(CancellationToken.None);
        await TestEtcd.Until(() => Task.FromResult(a.Stayed == going.Length));
        await TestEtcd.Until(() => Task.FromResult(a.Agent.OwnedShards.SequenceEqual(going) && Array.TrueForAll(going, a.Host.IsForwarding)));

        held.Dispose();

        await AllGo(drain, going, b);
    }

    [EtcdFact]
    public async Task AskPeers_AnyNode_HearsAllOthers()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        await using var a = new Node(etcd, "a");
        await using var b = new Node(etcd, "b");
        b.Agent.AnswerPeers(static question => Task.FromResult<byte[]?>([.. question, 2]));
        await TestEtcd.Until(() => Task.FromResult(a.Agent.Standing.Nodes.Count == 2));
        PeerAnswer answer = Assert.Single(await a.Agent.AskPeers([1], TimeSpan.FromSeconds(30), CancellationToken.None));
        Assert.Equal("b", answer.Node);
        Assert.Equal([1, 2], answer.Payload);
    }

    [EtcdFact]
    public async Task Quorum_Lost_NodesStopByThemselves()
    {
        await using TestEtcd etcd = await TestEtcd.Start();
        await using var a = new Node(etcd, "a");
        await TestEtcd.Until(() => Task.FromResult(a.Agent.OwnedShards.Count == Shards));
        etcd.Kill(0);
        await TestEtcd.Until(() => Task.FromResult(a.Agent.OwnedShards.Count == 0));
        Assert.All(Enumerable.Range(0, Shards), shard => Assert.False(a.Host.IsForwarding(shard)));
    }

    // Half of the shards, each with a copy at the other.
    private static async Task<int[]> OwnedBy(Node owner, Node other)
    {
        await TestEtcd.Until(() => Task.FromResult(
            owner.Agent.OwnedShards.Count == Shards / 2 && other.Agent.OwnedShards.Count == Shards / 2 && other.Agent.CopiedShards.Count == Shards / 2));
        return [.. owner.Agent.OwnedShards];
    }

    private static async Task AllGo(Task drain, int[] going, Node to)
    {
        await drain.WaitAsync(TimeSpan.FromSeconds(30));
        await TestEtcd.Until(() => Task.FromResult(to.Agent.OwnedShards.Count == Shards));
        Assert.All(going, shard => Assert.Equal(Records, to.Host.State(shard)));
    }

    // Each a frame of its own.
    private static async Task Tell(Node node, int[] shards)
    {
        foreach (byte record in Records)
        {
            foreach (int shard in shards)
                node.Host.Add(shard, record);
            await TestEtcd.Until(() => Task.FromResult(Array.TrueForAll(shards, node.Host.IsTold)));
        }
    }

    private sealed class HeldApplying(FakeShardHost host) : IDisposable
    {
        private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose() => _end.TrySetResult();

        internal void Begin() => host.Applying = _end.Task;
    }

    private sealed class Node : IAsyncDisposable
    {
        private readonly EtcdClient _etcd;
        private int _stayed;

        internal Node(TestEtcd etcd, string name)
        {
            _etcd = etcd.Client(TimeSpan.FromSeconds(1));
            Host = new FakeShardHost(Shards, TimeProvider.System);
            var settings = new ClusterAgentSettings { Cluster = "test", Node = name, ShardCount = Shards, Replication = new IPEndPoint(IPAddress.Loopback, 0) };
            Agent = new ClusterAgent(settings, _etcd, Host, TimeProvider.System, Log);
            Agent.Start();
        }

        internal FakeShardHost Host { get; }

        internal ClusterAgent Agent { get; }

        /// <summary>Shards that did not go, though they had stopped.</summary>
        internal int Stayed => Volatile.Read(ref _stayed);

        public async ValueTask DisposeAsync()
        {
            await Agent.DisposeAsync();
            _etcd.Dispose();
        }

        private void Log(string line)
        {
            if (line.EndsWith("the shard stays here", StringComparison.Ordinal))
                Interlocked.Increment(ref _stayed);
        }
    }
}
