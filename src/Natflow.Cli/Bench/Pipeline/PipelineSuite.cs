using System.Globalization;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>Suite <c>pipeline</c>: the data plane in memory, beside the obvious dictionary NAT over the same frames in the same run.</summary>
internal static class PipelineSuite
{
    private const int Repetitions = 5;
    private const long HitPacketsMin = 1_500_000;
    private const int NewFlowCount = 1_000_000;

    private static readonly int[] ScalingFlowCounts = [1_000, 100_000];

    /// <summary>Runs the suite, about two minutes.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="filter">Only cases whose name contains this.</param>
    public static async Task<IReadOnlyList<BenchRow>> Run(Action<string> progress, string filter)
    {
        var rows = new List<BenchRow>();
        double worstAllocation = 0.0;
        foreach (HitCase hit in HitCase.All().Where(hit => hit.Name.Contains(filter, StringComparison.Ordinal)))
        {
            progress(hit.Name);
            (HitResult ours, HitResult theirs) = await Hit(hit);
            rows.Add(new BenchRow(hit.Name, "ns/packet", ours.NanosecondsPerPacket, theirs.NanosecondsPerPacket));
            worstAllocation = Math.Max(worstAllocation, ours.AllocatedBytesPerPacket);
        }

        if (rows.Count > 0)
            rows.Add(new BenchRow("allocated", "B/packet", worstAllocation));
        foreach (int flows in ScalingFlowCounts.Where(flows => Environment.ProcessorCount > 1 && ScalingName(flows).Contains(filter, StringComparison.Ordinal)))
        {
            progress(ScalingName(flows));
            rows.Add(await Scaling(flows));
        }

        if (Environment.ProcessorCount > 1 && "cores scaling".Contains(filter, StringComparison.Ordinal))
        {
            progress("cores scaling");
            rows.Add(await CoreScaling.Measure());
        }

        if ("new flows".Contains(filter, StringComparison.Ordinal))
        {
            progress("new flows");
            rows.AddRange(await NewFlows());
        }

        if (ReplicationBench.Name.Contains(filter, StringComparison.Ordinal))
        {
            progress(ReplicationBench.Name);
            rows.AddRange(await ReplicationBench.Measure());
        }

        if ("idle".Contains(filter, StringComparison.Ordinal))
        {
            progress("idle");
            rows.Add(await Idle());
        }

        return rows;
    }

    private static Task<(HitResult Ours, HitResult Theirs)> Hit(HitCase hit) => hit.IsIpv6 ? HitIpv6(hit) : HitIpv4(hit);

    private static async Task<(HitResult Ours, HitResult Theirs)> HitIpv6(HitCase hit)
    {
        using PipelineRig ipv6 = await OpenRig(hit);
        using PipelineRig ipv4 = await OpenRig(hit with { IsIpv6 = false });
        return await Turns.Take(
            seed => ipv6.Hit(PacketCount(hit), seed, hit.IsSteered), seed => ipv4.Hit(PacketCount(hit), seed, hit.IsSteered));
    }

    private static async Task<(HitResult Ours, HitResult Theirs)> HitIpv4(HitCase hit)
    {
        using PipelineRig rig = await OpenRig(hit);
        var baseline = new BaselineRig(hit.FlowCount, rig.Outbound);
        baseline.Open();
        int[] order = PipelineRig.Shuffled(hit.FlowCount, seed: 3);
        return await Turns.Take(
            seed => rig.Hit(PacketCount(hit), seed, hit.IsSteered),
            _ => Task.FromResult(new HitResult(baseline.Hit(order, PacketCount(hit) / 2), AllocatedBytesPerPacket: 0)));
    }

    // Two shards on two cores beside one on one: the ratio is what the second core brings.
    private static async Task<BenchRow> Scaling(int flowCount)
    {
        var hit = new HitCase(flowCount, FrameMix.Small, ShardCount: 2, IsSteered: true);
        using PipelineRig two = await OpenRig(hit);
        using PipelineRig one = await OpenRig(hit with { ShardCount = 1 });
        (HitResult ours, HitResult theirs) = await Turns.Take(
            seed => two.Hit(PacketCount(hit), seed, steered: true), seed => one.Hit(PacketCount(hit), seed, steered: true));
        return new BenchRow(ScalingName(flowCount), "packet/s", 1e9 / ours.NanosecondsPerPacket, 1e9 / theirs.NanosecondsPerPacket);
    }

    private static string ScalingName(int flowCount) => string.Create(CultureInfo.InvariantCulture, $"flows={flowCount} frame=64 scaling");

    private static async Task<PipelineRig> OpenRig(HitCase hit)
    {
        var rig = new PipelineRig(hit.FlowCount, hit.Mix, hit.ShardCount, hit.IsIpv6);
        await rig.Open(learn: true);
        await rig.Answer();
        return rig;
    }

    private static long PacketCount(HitCase hit) => Math.Max(HitPacketsMin, hit.FlowCount);

    private static async Task<IReadOnlyList<BenchRow>> NewFlows()
    {
        double[] ours = new double[Repetitions];
        double[] theirs = new double[Repetitions];
        double bytes = 0;
        for (int i = 0; i < Repetitions; i++)
        {
            using var rig = new PipelineRig(NewFlowCount, FrameMix.Small, shardCount: 1);
            ours[i] = await rig.Open(learn: false);
            theirs[i] = new BaselineRig(NewFlowCount, rig.Outbound).Open();
            bytes = rig.BytesPerFlow;
        }

        return [new BenchRow("new flows", "flow/s", Turns.Median(ours), Turns.Median(theirs)), new BenchRow("flow memory", "B/flow", bytes)];
    }

    private static async Task<BenchRow> Idle()
    {
        using var rig = new PipelineRig(1_000, FrameMix.Small, shardCount: 1);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2));
        await timer.WaitForNextTickAsync();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = TimeProvider.System.GetTimestamp();
        await timer.WaitForNextTickAsync();
        double elapsed = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        return new BenchRow("idle", "% of a core", (Environment.CpuUsage.TotalTime - before).TotalSeconds * 100 / elapsed);
    }
}
