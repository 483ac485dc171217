using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Cluster.Etcd;

namespace Natflow.Cli.Bench.Cluster;

/// <summary>An etcd of one member on loopback ports and a directory of its own, for a benchmark.</summary>
internal sealed class BenchEtcd : IDisposable
{
    private const string Program = "/usr/bin/etcd";

    private readonly string _folder = Directory.CreateTempSubdirectory("natflow-bench-etcd-").FullName;
    private readonly Process _member;

    private BenchEtcd()
    {
        string client = Url();
        string peer = Url();
        Endpoint = new Uri(client);
        string[] arguments =
        [
            "--name", "bench", "--data-dir", _folder, "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
            "--initial-advertise-peer-urls", peer, "--initial-cluster", $"bench={peer}", "--heartbeat-interval", "60", "--election-timeout", "600", "--log-level", "error", "--logger", "zap",
        ];
        _member = Process.Start(new ProcessStartInfo(Program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        _member.BeginOutputReadLine();
        _member.BeginErrorReadLine();
    }

    /// <summary>Whether there can be one.</summary>
    internal static bool IsInstalled => File.Exists(Program);

    /// <summary>Its client URL.</summary>
    internal Uri Endpoint { get; }

    /// <summary>Starts one and waits until it answers.</summary>
    /// <exception cref="TimeoutException">It does not.</exception>
    internal static async Task<BenchEtcd> Start()
    {
        var etcd = new BenchEtcd();
        using EtcdClient client = etcd.Client();
        await BenchWait.Until("etcd", async () => (await client.Range("ready")).IsOk);
        return etcd;
    }

    /// <summary>A client.</summary>
    internal EtcdClient Client() => new(new EtcdSettings { Endpoints = [Endpoint], RequestTimeout = TimeSpan.FromSeconds(2) }, TimeProvider.System);

    /// <inheritdoc />
    public void Dispose()
    {
        if (!_member.HasExited)
            _member.Kill();
        _member.WaitForExit();
        _member.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Url()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }
}
