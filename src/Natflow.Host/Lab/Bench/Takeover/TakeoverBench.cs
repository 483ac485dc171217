using System.Globalization;
using Natflow.Host.Lab.Cluster;
using Natflow.Management.Api.Models;

namespace Natflow.Host.Lab.Bench.Takeover;

/// <summary>Gateways of a cluster go one after another, under traffic: how long nobody forwards, and what breaks.</summary>
public sealed class TakeoverBench : IDisposable
{
    private const string LabName = "takeover";
    private const int RestWindows = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Calm = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(2.5); // Longer than the longest gap that is allowed.
    private static readonly TimeSpan Aging = TimeSpan.FromSeconds(1.5); // Longer than cluster.flow-age.

    private readonly TakeoverPlan _plan;
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly Action<string> _progress;
    private readonly ClusterLab _lab;
    private readonly Dictionary<int, ClusterLabControl> _controls;
    private readonly List<ForwardFigure> _figures = [];

    private TakeoverBench(TakeoverPlan plan, Action<string> progress)
    {
        _plan = plan;
        _progress = progress;
        string name = string.Create(CultureInfo.InvariantCulture, $"{LabName}{Environment.ProcessId}");
        _lab = new ClusterLab(new ClusterLabOptions(name, plan.Nodes) { Mode = plan.Mode, HasServers = false, ExtraConfig = "natflow.nat.blocks-per-user = 64\n" }, _clock);
        _controls = _lab.Nodes.ToDictionary(static node => node, node => new ClusterLabControl(_lab.RunDirectoryOf(node)));
    }

    /// <summary>Measures every series of a plan.</summary>
    /// <param name="plan">What.</param>
    /// <param name="progress">Told what comes next, and what was seen.</param>
    /// <param name="cancellation">Ends it; what was made is removed.</param>
    /// <exception cref="LabException">Not root, a program is missing, or the cluster does not settle.</exception>
    public static async Task<IReadOnlyList<ForwardFigure>> Run(TakeoverPlan plan, Action<string> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(progress);
        using var bench = new TakeoverBench(plan, progress);
        await bench._lab.Up(cancellation, progress);
        try
        {
            await bench.Run(cancellation);
        }
        finally
        {
            bench._lab.Down();
        }

        return bench._figures;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (ClusterLabControl control in _controls.Values)
            control.Dispose();
    }

    private async Task Run(CancellationToken cancellation)
    {
        await Settle(cancellation);
        _progress(string.Create(CultureInfo.InvariantCulture, $"{_plan.Connections} connections"));
        using (var traffic = new TakeoverTraffic(_lab.Names, _plan, _clock))
            await Run(traffic, cancellation);
        await Wait(Aftermath, cancellation);
        _figures.Add(await NodeIdle.Measure(_lab, _clock, cancellation));
    }

    private async Task Run(TakeoverTraffic traffic, CancellationToken cancellation)
    {
        traffic.Start();
        await Wait(Aging, cancellation);
        await Rest(traffic, cancellation);
        foreach (TakeoverFault fault in _plan.Faults)
        {
            var gaps = new List<double>();
            var returns = new List<double>();
            long lost = traffic.Lost;
            for (int number = 1; number <= _plan.Kills; number++)
            {
                (double gap, double back) = await Once(fault, traffic, cancellation);
                gaps.Add(gap);
                returns.Add(back);
                _progress(string.Create(CultureInfo.InvariantCulture, $"{fault} {number}/{_plan.Kills}: {gap:0} ms without forwarding, {back:0} ms when it came back, {BrokenText(traffic)}"));
            }

            Add(fault, gaps, returns, traffic.Lost - lost);
        }

        await Until("the last records", () => Task.FromResult(traffic.IsSettled), cancellation);
        _figures.Add(new ForwardFigure("TCP connections broken", "of " + _plan.Connections.ToString(CultureInfo.InvariantCulture), traffic.Broken.Values.Sum(), 0));
        _figures.Add(new ForwardFigure("TCP records checked", "records", traffic.Records));
    }

    private string BrokenText(TakeoverTraffic traffic)
    {
        string reasons = string.Join(", ", traffic.Broken.Select(static pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} × {pair.Key}")));
        return string.Create(CultureInfo.InvariantCulture, $"{traffic.Broken.Values.Sum()} of {_plan.Connections} broken{(reasons.Length == 0 ? string.Empty : ": ")}{reasons}");
    }

    private void Add(TakeoverFault fault, List<double> gaps, List<double> returns, long lost)
    {
        double limit = TakeoverPlan.LimitMs(fault);
        string name = fault.ToString().ToLowerInvariant();
        _figures.Add(new ForwardFigure($"{name} gap p50", "ms", Quantile(gaps, 0.5), limit));
        _figures.Add(new ForwardFigure($"{name} gap p99", "ms", Quantile(gaps, 0.99), limit));
        _figures.Add(new ForwardFigure($"{name} return p99", "ms", Quantile(returns, 0.99)));
        _figures.Add(new ForwardFigure($"{name} datagrams lost", "a fault", (double)lost / gaps.Count));
    }

    // The same windows without a fault: what of a gap is the machine's.
    private async Task Rest(TakeoverTraffic traffic, CancellationToken cancellation)
    {
        var gaps = new List<double>();
        for (int number = 0; number < RestWindows; number++)
        {
            await Until("forwarding", () => Task.FromResult(traffic.Silence < Calm), cancellation);
            traffic.Mark();
            await Wait(Aftermath, cancellation);
            gaps.Add(traffic.Gap.TotalMilliseconds);
        }

        _figures.Add(new ForwardFigure("no fault gap p50", "ms", Quantile(gaps, 0.5)));
        _figures.Add(new ForwardFigure("no fault gap worst", "ms", gaps.Max()));
    }

    private async Task<(double GapMs, double ReturnMs)> Once(TakeoverFault fault, TakeoverTraffic traffic, CancellationToken cancellation)
    {
        int victim = await Settle(cancellation);
        await Until("forwarding", () => Task.FromResult(traffic.Silence < Calm), cancellation);
        traffic.Mark();
        await Begin(fault, victim, cancellation);
        await Wait(Aftermath, cancellation);
        await Until("forwarding", () => Task.FromResult(traffic.Silence < Calm), cancellation);
        double gap = traffic.Gap.TotalMilliseconds;
        traffic.Mark();
        await End(fault, victim, cancellation);
        await Settle(cancellation);
        await Until("forwarding", () => Task.FromResult(traffic.Silence < Calm), cancellation);
        return (gap, traffic.Gap.TotalMilliseconds);
    }

    private async Task Begin(TakeoverFault fault, int victim, CancellationToken cancellation)
    {
        switch (fault)
        {
            case TakeoverFault.Kill:
                _lab.KillNode(victim);
                break;
            case TakeoverFault.Pause:
                _lab.PauseNode(victim);
                break;
            case TakeoverFault.Cut:
                _lab.CutNode(victim);
                break;
            default:
                await Ask(victim, "drain", cancellation);
                break;
        }
    }

    private async Task End(TakeoverFault fault, int victim, CancellationToken cancellation)
    {
        switch (fault)
        {
            case TakeoverFault.Kill:
                await _lab.StartNode(victim, cancellation);
                break;
            case TakeoverFault.Pause:
                _lab.ResumeNode(victim);
                break;
            case TakeoverFault.Cut:
                _lab.HealNode(victim);
                break;
            default:
                await Ask(victim, "join", cancellation);
                break;
        }
    }

    private async Task Ask(int node, string wish, CancellationToken cancellation)
    {
        if (!await _controls[node].Post($"/api/v1/cluster/nodes/{ClusterLabPlan.Node(node)}/{wish}", cancellation))
            throw new LabException($"{ClusterLabPlan.Node(node)} cannot be told to {wish}");
    }

    // All nodes take part, each shard has an owner and a whole copy elsewhere: then nothing that goes is missed. The owner of shard 0 has the addresses too.
    private async Task<int> Settle(CancellationToken cancellation)
    {
        int victim = 0;
        await Until("a whole copy of each shard", async () =>
        {
            ClusterMapModel?[] maps = await Task.WhenAll(_controls.Values.Select(control => control.Map(cancellation)));
            if (!Array.TrueForAll(maps, map => map is not null && IsWhole(map)))
                return false;
            victim = _lab.Nodes.First(node => ClusterLabPlan.Node(node) == maps[0]!.Shards[0].Owner);
            return true;
        }, cancellation);
        return victim;
    }

    private bool IsWhole(ClusterMapModel map) => map.Nodes.Count == _plan.Nodes && map.Nodes.All(static node => node is { State: "up", Owned: > 0, IsReachable: true })
        && map.Shards.All(static shard => shard.Owner is { } owner && shard.Copy is { } copy && shard.Standby == copy && copy != owner);

    private async Task Until(string what, Func<Task<bool>> condition, CancellationToken cancellation)
    {
        long start = _clock.GetTimestamp();
        using var timer = new PeriodicTimer(Poll, _clock);
        while (!await condition())
        {
            if (_clock.GetElapsedTime(start) > Patience)
                throw new LabException($"not within {Patience.TotalSeconds:0} s: {what}");
            await timer.WaitForNextTickAsync(cancellation);
        }
    }

    private async Task Wait(TimeSpan time, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(time, _clock);
        _ = await timer.WaitForNextTickAsync(cancellation);
    }

    private static double Quantile(List<double> values, double quantile)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Min(sorted.Length - 1, (int)Math.Ceiling(quantile * sorted.Length) - 1)];
    }
}
