using System.Globalization;
using Natflow.Netlink.Model;
using Natflow.Netlink.Watch;
using Natflow.Testing.Namespaces;

namespace Natflow.Netlink.Tests.Watch;

/// <summary>A gateway's namespace joined to a peer's by a veth pair (up0 to peer0), and a watcher that sees it.</summary>
internal sealed class WatchedNetwork : IDisposable
{
    private const int DeadlineMilliseconds = 120_000;

    private readonly Lock _lock = new();
    private readonly List<NetworkChange> _changes = [];
    private readonly AutoResetEvent _changed = new(false);
    private NetworkModel _told = NetworkModel.Empty; // Changes and model of one callback are seen together.

    internal WatchedNetwork(NetworkWatcherSettings? settings = null)
    {
        Gateway = new TestNamespace("gw");
        Peer = new TestNamespace("peer");
        Gateway.AddVeth(Peer, "up0", "peer0");
        Watcher = NetworkWatcher.Start((settings ?? new NetworkWatcherSettings()) with { NamespaceName = Gateway.Name }, OnChange);
    }

    internal TestNamespace Gateway { get; }

    internal TestNamespace Peer { get; }

    internal NetworkWatcher Watcher { get; }

    internal NetworkChange[] Changes
    {
        get
        {
            lock (_lock)
                return [.. _changes];
        }
    }

    public void Dispose()
    {
        Watcher.Dispose();
        Gateway.Dispose();
        Peer.Dispose();
        _changed.Dispose();
    }

    internal int LinkIndex(string name) => Watcher.Current.Links.TryFind(name, out Link? link) ? link.Index : throw new InvalidOperationException(name);

    internal ulong PeerMac() => ulong.Parse(
        Peer.Run("cat /sys/class/net/peer0/address").Trim().Replace(":", "", StringComparison.Ordinal), NumberStyles.HexNumber);

    private NetworkModel Told
    {
        get
        {
            lock (_lock)
                return _told;
        }
    }

    internal void Forget()
    {
        lock (_lock)
            _changes.Clear();
    }

    /// <summary>Waits, from callback to callback, until a model meets a condition.</summary>
    internal NetworkModel Wait(Func<NetworkModel, bool> condition)
    {
        long deadline = Environment.TickCount64 + DeadlineMilliseconds;
        while (true)
        {
            NetworkModel model = Told;
            if (condition(model)) return model;
            long left = deadline - Environment.TickCount64;
            if (left <= 0 || !_changed.WaitOne((int)left))
                throw new TimeoutException($"the condition was not met; generation {model.Generation}, {Watcher.Counters}");
        }
    }

    private void OnChange(NetworkModel model, NetworkChange change)
    {
        lock (_lock)
        {
            _changes.Add(change);
            _told = model;
        }

        _changed.Set();
    }
}
