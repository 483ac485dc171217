using System.Globalization;
using System.Net;
using Natflow.Cluster.Etcd;
using Natflow.Cluster.Tests.Etcd;

namespace Natflow.Cluster.Tests.MultiNode;

/// <summary>What a node of a scenario has: its role, its agent, and barriers where it waits for the others. All nodes run the same script, each in a process of its own.</summary>
internal sealed class MultiNodeKit : IAsyncDisposable
{
    /// <summary>Shards of the cluster.</summary>
    internal const int Shards = 8;

    private readonly EtcdClient _etcd;
    private readonly string _role;

    internal MultiNodeKit(string role, IReadOnlyList<Uri> endpoints)
    {
        _role = role;
        _etcd = new EtcdClient(new EtcdSettings { Endpoints = endpoints, RequestTimeout = TimeSpan.FromSeconds(1) }, TimeProvider.System);
        Host = new FakeShardHost(Shards, TimeProvider.System);
        var settings = new ClusterAgentSettings { Cluster = "multi-node", Node = role, ShardCount = Shards, Replication = new IPEndPoint(IPAddress.Loopback, 0) };
        Agent = new ClusterAgent(settings, _etcd, Host, TimeProvider.System, static _ => { });
    }

    /// <summary>The data plane.</summary>
    internal FakeShardHost Host { get; }

    /// <summary>The node.</summary>
    internal ClusterAgent Agent { get; }

    /// <summary>Runs a step on some roles alone.</summary>
    internal Task RunOn(IEnumerable<string> roles, Func<Task> step) => roles.Contains(_role) ? step() : Task.CompletedTask;

    /// <summary>Waits until a condition holds here, at most 30 s.</summary>
    internal static Task AwaitCondition(Func<bool> condition) => TestEtcd.Until(() => Task.FromResult(condition()));

    /// <summary>Waits until every node that the conductor counts on has come here.</summary>
    /// <exception cref="InvalidOperationException">The conductor let it through another one, or is gone.</exception>
    internal async Task EnterBarrier(string name)
    {
        Report("barrier", name);
        string? answer = await Console.In.ReadLineAsync();
        if (answer != name)
            throw new InvalidOperationException($"at barrier {name} the conductor said {answer ?? "nothing any more"}");
    }

    /// <summary>Tells the conductor under which tokens this node owned shards.</summary>
    internal void ReportClaims()
    {
        lock (Host.Claims)
        {
            foreach ((int shard, long token, _) in Host.Claims)
                Report("claim", string.Create(CultureInfo.InvariantCulture, $"{shard}/{token}"));
        }
    }

    /// <summary>Tells the conductor something.</summary>
    internal void Report(string what, string value)
    {
        Console.Out.WriteLine($"{what} {value}");
        Console.Out.Flush();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await Agent.DisposeAsync();
        _etcd.Dispose();
    }
}
