using Natflow.Actors;
using Natflow.Core;
using Natflow.Netlink.Model;

namespace Natflow.Gateway.Live;

/// <summary>
/// Knows the operator's network: hears of each change from a watcher and passes it on to every flow actor, and keeps the kernel's knowledge of the neighbours
/// that the shards use alive, for the kernel sends none of their packets itself.
/// </summary>
public sealed class NetworkActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan KeepInterval = TimeSpan.FromSeconds(30);

    private readonly Func<Action<NetworkChanged>, IDisposable> _watch;
    private readonly NeighbourQuestion _ask;
    private readonly Action<NetworkModel> _onModel;
    private readonly Action _onAddressesChanged;
    private PublicAddressSet? _addresses;
    private readonly HashSet<NeighbourRequest> _used = [];
    private readonly HashSet<NeighbourRequest> _failed = []; // Since they were asked for.
    private readonly List<IActorRef> _waiting = [];
    private IDisposable? _watcher;
    private NetworkModel? _model;
    private DataPlane? _plane;

    /// <summary>Makes the actor; watching begins when it starts.</summary>
    /// <param name="watch">Starts a watcher that tells its callback of each change, the first time of all there is; throws where it cannot.</param>
    /// <param name="ask">Asks the kernel.</param>
    /// <param name="onModel">Told each model before the shards are: keeps filters in the kernel current.</param>
    /// <param name="onAddressesChanged">Told when a public address came or went, after the shards were; never waits.</param>
    public NetworkActor(
        Func<Action<NetworkChanged>, IDisposable> watch, NeighbourQuestion ask, Action<NetworkModel> onModel, Action onAddressesChanged)
    {
        _watch = watch;
        _ask = ask;
        _onModel = onModel;
        _onAddressesChanged = onAddressesChanged;
        Receive<NetworkChanged>(OnChanged);
        Receive<NetworkModelRequest>(OnModelRequest);
        Receive<DataPlaneReady>(OnDataPlaneReady);
        Receive<NeighbourRequest>(OnNeighbourRequest);
        Receive<KeepNeighbours>(_ => OnKeepNeighbours());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart()
    {
        IActorRef self = Self;
        _watcher = _watch(changed => self.Tell(changed, ActorRefs.NoSender));
        Timers.StartPeriodicTimer(nameof(KeepNeighbours), KeepNeighbours.Instance, KeepInterval);
    }

    /// <inheritdoc />
    protected override void PostStop() => _watcher?.Dispose();

    private void OnChanged(NetworkChanged changed)
    {
        _model = changed.Model;
        ConfirmUsed(changed.Change.Neighbours);
        FollowAddresses(changed.Model);
        _onModel(changed.Model);
        foreach (IActorRef waiting in _waiting)
            waiting.Tell(changed.Model);
        _waiting.Clear();
        _plane?.TellAll(changed);
    }

    private void OnModelRequest(NetworkModelRequest request)
    {
        if (_model is null)
            _waiting.Add(Sender);
        else
            Sender.Tell(_model);
    }

    // What changed while the plane was being built is in the model; no way can have been found before.
    private void OnDataPlaneReady(DataPlaneReady ready)
    {
        _plane = ready.Plane;
        _addresses = ready.Addresses;
        if (_model is { } model)
            OnChanged(new NetworkChanged(model, new NetworkChange(IsFirst: true, IsResync: false, [], [], [], [])));
    }

    private void FollowAddresses(NetworkModel model)
    {
        if (_plane is null || _addresses is null)
            return;
        (IReadOnlyList<uint> gone, IReadOnlyList<uint> come) = _addresses.Update(model);
        foreach (uint address in gone)
        {
            Context.System.Log.Warning("public address {0} has gone: its mappings end", Ipv4Prefix.ToText(address));
            _plane.Withdraw(address);
        }

        foreach (uint address in come)
        {
            if (_plane.TryServe(address))
                Context.System.Log.Info("public address {0} has come", Ipv4Prefix.ToText(address));
            else
                Context.System.Log.Error("public address {0} has come, but the pool has no room for another: restart to use it", Ipv4Prefix.ToText(address));
        }

        if (gone.Count + come.Count != 0)
            _onAddressesChanged();
    }

    private void OnNeighbourRequest(NeighbourRequest request)
    {
        _used.Add(request);
        if (_model is not { } model || !model.Neighbours.TryGet(request.LinkIndex, request.Address, out Neighbour neighbour) || !IsTrusted(neighbour.State))
            _ask(request.LinkIndex, request.Address, isLost: _failed.Remove(request));
    }

    // As a router in the kernel would by its next packet: a next hop that took another address without a word is found after the kernel's own times. Flows that are
    // offloaded send no packet that would ask for one that was lost.
    private void ConfirmUsed(IReadOnlyList<NeighbourChange> changes)
    {
        foreach (NeighbourChange change in changes)
        {
            var used = new NeighbourRequest(change.LinkIndex, change.Address);
            if (!_used.Contains(used))
                continue;
            if (change.HasGoneStale || change.IsLost)
                _ask(change.LinkIndex, change.Address, change.IsLost);
            else if (change.HasFailed)
                _failed.Add(used); // Nobody may need it any more: whoever does asks, and need not wait.
        }
    }

    private static bool IsTrusted(NeighbourState state) =>
        (state & (NeighbourState.Reachable | NeighbourState.Permanent | NeighbourState.NoArp)) != NeighbourState.None;

    // The kernel confirms a neighbour only while it uses it; one that has gone from its table was asked for in vain.
    private void OnKeepNeighbours()
    {
        if (_model is not { } model)
            return;
        _used.RemoveWhere(used => !model.Neighbours.TryGet(used.LinkIndex, used.Address, out _));
        _failed.IntersectWith(_used);
        foreach (NeighbourRequest used in _used)
            _ask(used.LinkIndex, used.Address, isLost: false);
    }

    private sealed record KeepNeighbours
    {
        internal static readonly KeepNeighbours Instance = new();
    }
}
