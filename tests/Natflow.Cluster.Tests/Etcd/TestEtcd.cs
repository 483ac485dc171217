using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Cluster.Etcd;

namespace Natflow.Cluster.Tests.Etcd;

/// <summary>An etcd of one test: own ports, own directory; its members end with it.</summary>
internal sealed class TestEtcd : IAsyncDisposable
{
    internal const string Program = "/usr/bin/etcd";

    private readonly string _folder = Directory.CreateTempSubdirectory("natflow-etcd-").FullName;
    private readonly List<Process> _members = [];

    private TestEtcd()
    {
    }

    /// <summary>Client URLs of the members.</summary>
    internal IReadOnlyList<Uri> Endpoints { get; private set; } = [];

    /// <summary>Starts members and waits until all are healthy.</summary>
    internal static async Task<TestEtcd> Start(int members = 1, IReadOnlyList<string>? flags = null, string scheme = "http")
    {
        var etcd = new TestEtcd();
        int[] ports = FreePorts(members * 2);
        string Peer(int i) => string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[(i * 2) + 1]}");
        string Client(int i) => string.Create(CultureInfo.InvariantCulture, $"{scheme}://127.0.0.1:{ports[i * 2]}");
        string cluster = string.Join(',', Enumerable.Range(0, members).Select(i => $"n{i}={Peer(i)}"));
        for (int i = 0; i < members; i++)
        {
            string[] arguments =
            [
                "--name", $"n{i}", "--data-dir", Path.Combine(etcd._folder, $"n{i}"), "--listen-client-urls", Client(i), "--advertise-client-urls", Client(i),
                "--listen-peer-urls", Peer(i), "--initial-advertise-peer-urls", Peer(i), "--initial-cluster", cluster,
                "--heartbeat-interval", "50", "--election-timeout", "500", "--pre-vote", "--log-level", "error", "--logger", "zap", .. flags ?? [],
            ];
            var start = new ProcessStartInfo(Program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
            var member = Process.Start(start)!;
            member.BeginOutputReadLine();
            member.BeginErrorReadLine();
            etcd._members.Add(member);
        }

        etcd.Endpoints = [.. Enumerable.Range(0, members).Select(i => new Uri(Client(i)))];
        if (scheme == "http")
            await etcd.WaitUntilHealthy();
        return etcd;
    }

    /// <summary>A client of all members.</summary>
    internal EtcdClient Client(TimeSpan? timeout = null) =>
        new(new EtcdSettings { Endpoints = Endpoints, RequestTimeout = timeout ?? TimeSpan.FromSeconds(5) }, TimeProvider.System);

    /// <summary>Ends a member at once.</summary>
    internal void Kill(int member)
    {
        _members[member].Kill();
        _members[member].WaitForExit();
    }

    /// <summary>Waits until a condition holds, at most 30 s.</summary>
    internal static async Task Until(Func<Task<bool>> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (int poll = 0; poll < 1500; poll++)
        {
            if (await condition())
                return;
            await timer.WaitForNextTickAsync();
        }

        Assert.Fail("it did not come about within 30 s");
    }

    public ValueTask DisposeAsync()
    {
        foreach (Process member in _members)
        {
            if (!member.HasExited)
                member.Kill();
            member.WaitForExit();
            member.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    internal static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(static _ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
            listener.Start();
        int[] ports = [.. listeners.Select(static listener => ((IPEndPoint)listener.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
            listener.Dispose();
        return ports;
    }

    private async Task WaitUntilHealthy()
    {
        foreach (Uri endpoint in Endpoints)
        {
            using var client = new EtcdClient(new EtcdSettings { Endpoints = [endpoint], RequestTimeout = TimeSpan.FromSeconds(5) }, TimeProvider.System);
            await Until(async () => (await client.Range("ready")).IsOk);
        }
    }
}
