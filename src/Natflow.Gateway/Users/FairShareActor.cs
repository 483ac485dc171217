using System.Runtime.InteropServices;
using Natflow.Actors;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Users;

/// <summary>
/// Divides a line among those who use it, twenty times a second: reads the meters, computes max-min fair shares by weight, and sends each shard the shares that
/// changed. A share is a meter's rate, so it holds in user space and in a PPE alike.
/// </summary>
internal sealed class FairShareActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    // What a greedy sender puts on the line at once stands in front of everybody else's packets.
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(8);

    private readonly DataPlane _plane;
    private readonly PolicyTable _policies;
    private readonly ShareLedger[] _ledgers;
    private readonly List<FairShares.Demand> _up = [];
    private readonly List<FairShares.Demand> _down = [];
    private LineModel _line = LineModel.None;

    internal FairShareActor(DataPlane plane, PolicyTable policies)
    {
        _plane = plane;
        _policies = policies;
        _ledgers = [.. Enumerable.Range(0, plane.ShardCount).Select(_ => new ShareLedger(plane.UserCapacity))];
        Receive<TablesChanged>(OnTables);
        Receive<Look>(_ => OnLook());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private void OnTables(TablesChanged changed)
    {
        _line = changed.Tables.Models.Line;
        if (_line.IsShared)
            Timers.StartPeriodicTimer(nameof(Look), Look.Instance, Interval);
        else
            Timers.Cancel(nameof(Look));
    }

    private void OnLook()
    {
        _up.Clear();
        _down.Clear();
        for (int shard = 0; shard < _ledgers.Length; shard++)
        {
            int own = shard;
            _ledgers[shard].Look(
                _policies, _plane.PolicyBaseOf(shard), _plane.UserIndexEndOf(shard), index => _plane.WeightOf(own, index), Interval.TotalSeconds, _up, _down);
        }

        double up = Level(_line.UpBitsPerSecond, _up, out double nextUp);
        double down = Level(_line.DownBitsPerSecond, _down, out double nextDown);
        for (int shard = 0; shard < _ledgers.Length; shard++)
        {
            var shares = new List<UserShare>();
            _ledgers[shard].Share(_plane.UserIndexEndOf(shard), new ShareLevels(up, down, nextUp, nextDown), Burst, shares);
            if (shares.Count != 0)
                _plane.Tell(shard, new SharesChanged(shares));
        }
    }

    private static double Level(long line, List<FairShares.Demand> demands, out double next)
    {
        next = 0;
        if (line == 0)
            return 0;
        double level = FairShares.Level(line, CollectionsMarshal.AsSpan(demands));
        demands.Add(new FairShares.Demand(FairShares.Greedy, 1));
        next = FairShares.Level(line, CollectionsMarshal.AsSpan(demands));
        return level;
    }

    private sealed record Look
    {
        internal static readonly Look Instance = new();
    }
}
