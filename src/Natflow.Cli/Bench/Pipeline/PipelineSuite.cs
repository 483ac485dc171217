namespace Natflow.Cli.Bench.Pipeline;

/// <summary>Suite <c>pipeline</c>: the data plane in memory, beside the obvious dictionary NAT over the same frames in the same run.</summary>
internal static class PipelineSuite
{
    private const int Repetitions = 5;
    private const int WarmUps = 3;
    private const long HitPacketsMin = 1_500_000;
    private const int NewFlowCount = 1_000_000;

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
            (BenchRow row, double allocated) = await Hit(hit);
            rows.Add(row);
            worstAllocation = Math.Max(worstAllocation, allocated);
        }

        if (rows.Count > 0)
            rows.Add(new BenchRow("allocated", "B/packet", worstAllocation));
        if ("new flows".Contains(filter, StringComparison.Ordinal))
        {
            progress("new flows");
            rows.AddRange(await NewFlows());
        }

        if ("idle".Contains(filter, StringComparison.Ordinal))
        {
            progress("idle");
            rows.Add(await Idle());
        }

        return rows;
    }

    private static Task<(BenchRow Row, double AllocatedBytesPerPacket)> Hit(HitCase hit) => hit.IsIpv6 ? HitIpv6(hit) : HitIpv4(hit);

    // Both families take turns, so that what else the machine does weighs on both.
    private static async Task<(BenchRow Row, double AllocatedBytesPerPacket)> HitIpv6(HitCase hit)
    {
        using var ipv6 = new PipelineRig(hit.FlowCount, hit.Mix, hit.ShardCount, isIpv6: true);
        using var ipv4 = new PipelineRig(hit.FlowCount, hit.Mix, hit.ShardCount);
        foreach (PipelineRig rig in (PipelineRig[])[ipv6, ipv4])
        {
            await rig.Open(learn: true);
            await rig.Answer();
        }

        long packets = Math.Max(HitPacketsMin, hit.FlowCount);
        double[] ours = new double[Repetitions];
        double[] theirs = new double[Repetitions];
        double allocated = 0;
        for (int i = -WarmUps; i < Repetitions; i++)
        {
            HitResult result = await ipv6.Hit(packets, seed: i + 100, hit.IsSteered);
            HitResult other = await ipv4.Hit(packets, seed: i + 100, hit.IsSteered);
            if (i < 0)
                continue;
            ours[i] = result.NanosecondsPerPacket;
            theirs[i] = other.NanosecondsPerPacket;
            allocated = Math.Max(allocated, result.AllocatedBytesPerPacket);
        }

        return (new BenchRow(hit.Name, "ns/packet", Median(ours), Median(theirs)), allocated);
    }

    private static async Task<(BenchRow Row, double AllocatedBytesPerPacket)> HitIpv4(HitCase hit)
    {
        int flows = hit.FlowCount;
        using var rig = new PipelineRig(flows, hit.Mix, hit.ShardCount);
        await rig.Open(learn: true);
        await rig.Answer();
        var baseline = new BaselineRig(flows, rig.Outbound);
        baseline.Open();
        int[] order = PipelineRig.Shuffled(flows, seed: 3);
        long packets = Math.Max(HitPacketsMin, flows);
        double[] ours = new double[Repetitions];
        double[] theirs = new double[Repetitions];
        double allocated = 0;
        for (int i = -WarmUps; i < Repetitions; i++)
        {
            HitResult result = await rig.Hit(packets, seed: i + 100, hit.IsSteered);
            double theirHit = baseline.Hit(order, packets / 2);
            if (i < 0)
                continue;
            ours[i] = result.NanosecondsPerPacket;
            theirs[i] = theirHit;
            allocated = Math.Max(allocated, result.AllocatedBytesPerPacket);
        }

        return (new BenchRow(hit.Name, "ns/packet", Median(ours), Median(theirs)), allocated);
    }

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

        return [new BenchRow("new flows", "flow/s", Median(ours), Median(theirs)), new BenchRow("flow memory", "B/flow", bytes)];
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

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
