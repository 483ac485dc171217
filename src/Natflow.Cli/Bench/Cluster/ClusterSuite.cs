using System.Buffers.Binary;
using Natflow.Cli.Bench.Pipeline;
using Natflow.Cluster;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Ownership;
using Natflow.Flows;

namespace Natflow.Cli.Bench.Cluster;

/// <summary>Suite <c>cluster</c>: what a cluster costs etcd and its nodes, by three nodes on a real etcd: the units of any larger one. And what three nodes bring.</summary>
internal static class ClusterSuite
{
    private const int Shards = 64;
    private const int Nodes = 3;
    private const int Subscribers = 100_000;
    private const double ScalingMin = 2.8;
    private const double IdlePercentMax = 2;

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8); // Until code that runs often is compiled for that.
    private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(4);

    /// <summary>Runs the suite, about half a minute.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <exception cref="InvalidOperationException">etcd is not installed.</exception>
    internal static async Task<IReadOnlyList<BenchRow>> Run(Action<string> progress)
    {
        if (!BenchEtcd.IsInstalled)
            throw new InvalidOperationException("suite cluster needs etcd; on Debian: apt install etcd-server");
        var rows = new List<BenchRow>();
        progress("etcd");
        using BenchEtcd etcd = await BenchEtcd.Start();
        using EtcdClient client = etcd.Client();
        progress("three nodes");
        List<BenchNode> nodes = [.. Enumerable.Range(1, Nodes).Select(number => new BenchNode(etcd, $"g{number}", Shards))];
        await Settled(nodes);
        rows.AddRange(Keys((await client.Range(Prefix)).Value!));
        progress("idle");
        rows.Add(await Idle());
        rows.Add(Scaling(nodes[0].Agent.Standing));
        await using (var watch = new EventCount(etcd, (await client.Range(Prefix)).Value!.Revision + 1))
            rows.AddRange(await Changes(nodes, watch, progress, etcd));
        foreach (BenchNode node in nodes)
            await node.DisposeAsync();
        return rows;
    }

    private static string Prefix => new ClusterKeys(BenchNode.ClusterName).Prefix;

    private static IEnumerable<BenchRow> Keys(EtcdRangeResult range)
    {
        EtcdKeyValue[] ofNodes = [.. range.Items.Where(static item => item.Key.StartsWith(Prefix + "nodes/", StringComparison.Ordinal))];
        EtcdKeyValue[] ofShards = [.. range.Items.Where(static item => char.IsAsciiDigit(item.Key[^1]) && !item.Key.StartsWith(Prefix + "nodes/", StringComparison.Ordinal))];
        yield return new BenchRow("etcd keys a node", "keys", (double)ofNodes.Length / Nodes);
        yield return new BenchRow("etcd bytes a node", "B", (double)Bytes(ofNodes) / Nodes);
        yield return new BenchRow("etcd keys a shard", "keys", (double)ofShards.Length / Shards);
        yield return new BenchRow("etcd bytes a shard", "B", (double)Bytes(ofShards) / Shards);
        yield return new BenchRow("etcd keys beside these", "keys", range.Items.Count - ofNodes.Length - ofShards.Length);
    }

    private static long Bytes(IEnumerable<EtcdKeyValue> items) => items.Sum(static item => (long)item.Key.Length + item.Value.Length);

    // Leases, watches and replication of shards in which nothing happens.
    private static async Task<BenchRow> Idle()
    {
        await BenchWait.For(WarmUp);
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = TimeProvider.System.GetTimestamp();
        await BenchWait.For(IdleTime);
        double seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        return new BenchRow("idle agent of a node", "% of a core", (Environment.CpuUsage.TotalTime - before).TotalSeconds * 100 / seconds / Nodes, IdlePercentMax);
    }

    // A node has the capacity of one; offered load grows until the node with most subscribers is full. By the hash and the plan that gateways use.
    private static BenchRow Scaling(ClusterStanding standing)
    {
        using var pool = new PublicPool(new NatSettings { PublicAddresses = FlowPlan.PublicAddresses(1), LanPrefixes = [FlowPlan.LanPrefix], ShardCount = Shards, FlowCapacity = 1024, UserCapacity = 1024, Seed = 42 });
        var load = standing.Nodes.ToDictionary(static node => node.Id, static _ => 0, StringComparer.Ordinal);
        for (int subscriber = 0; subscriber < Subscribers; subscriber++)
        {
            uint addressBe = BinaryPrimitives.ReverseEndianness(FlowPlan.InsideAddress(subscriber * FlowPlan.FlowsPerUser));
            load[standing.Shards[pool.ShardOfUser(addressBe, zone: 0)].Owner]++;
        }

        return new BenchRow("scaling 1 to 3 nodes, simulated capacity", "x", (double)Subscribers / load.Values.Max(), ScalingMin);
    }

    // One node goes as if it had died (its lease ends), and one comes: what every node's watch brings.
    private static async Task<IReadOnlyList<BenchRow>> Changes(List<BenchNode> nodes, EventCount watch, Action<string> progress, BenchEtcd etcd)
    {
        progress("a node goes");
        int moved = nodes[^1].Agent.OwnedShards.Count;
        await nodes[^1].DisposeAsync();
        nodes.RemoveAt(nodes.Count - 1);
        await Settled(nodes);
        (long gone, long goneBytes) = watch.Now;
        watch.Clear();
        progress("a node comes");
        nodes.Add(new BenchNode(etcd, "g4", Shards));
        await Settled(nodes);
        (long come, long comeBytes) = watch.Now;
        int taken = nodes[^1].Agent.OwnedShards.Count;
        return
        [
            new BenchRow("watch events, a shard of a node that dies", "events", (double)gone / moved),
            new BenchRow("watch bytes, a shard of a node that dies", "B", (double)goneBytes / moved),
            new BenchRow("watch events, a shard that a new node gets", "events", (double)come / taken),
            new BenchRow("watch bytes, a shard that a new node gets", "B", (double)comeBytes / taken),
        ];
    }

    // Every shard has an owner and a copy, each node its share, and nothing more happens.
    private static async Task Settled(List<BenchNode> nodes)
    {
        long quiet = 0;
        long revision = -1;
        await BenchWait.Until("every shard with an owner and a copy", () =>
        {
            bool isWhole = nodes.TrueForAll(node => node.Agent.Standing.Nodes.Count == nodes.Count && node.Agent.OwnedShards.Count >= Shards / nodes.Count)
                && nodes[0].Agent.Standing.Shards.All(static row => row.Owner.Length != 0 && row.Copy.Length != 0 && row.Copy == row.Standby);
            long now = nodes[0].Agent.Standing.Revision;
            if (!isWhole || now != revision)
                (revision, quiet) = (now, TimeProvider.System.GetTimestamp());
            return Task.FromResult(isWhole && TimeProvider.System.GetElapsedTime(quiet) > Quiet);
        });
    }
}
