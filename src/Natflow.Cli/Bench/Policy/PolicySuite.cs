using System.Globalization;
using Natflow.Cli.Bench.Pipeline;

namespace Natflow.Cli.Bench.Policy;

/// <summary>Suite <c>policy</c>: a million users, ten thousand policy changes a second beside the pipeline, and lookups in sets of a million nets.</summary>
internal static class PolicySuite
{
    private const int UserCount = 1_000_000;
    private const int ChangesPerSecond = 10_000;
    private const long PacketsPerTurn = 200_000;
    private const int TurnCount = 301;
    private const long SustainedPackets = 50_000_000; // About four seconds.
    private const string ChangesName = "users=1000000 changes=10000/s hit";
    private const string RateName = "users=1000000 policy changes";

    /// <summary>Runs the suite, about two minutes.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="filter">Only cases whose name contains this.</param>
    internal static async Task<IReadOnlyList<BenchRow>> Run(Action<string> progress, string filter)
    {
        var rows = new List<BenchRow>();
        foreach (SetCase set in SetCase.All.Where(set => set.Name.Contains(filter, StringComparison.Ordinal)))
        {
            progress(set.Name);
            rows.AddRange(set.Measure());
        }

        if (ChangesName.Contains(filter, StringComparison.Ordinal) || RateName.Contains(filter, StringComparison.Ordinal))
        {
            progress(ChangesName);
            rows.AddRange(await Changes());
        }

        return rows;
    }

    // The same packets through the same tables in turn, with changes and without.
    private static async Task<IReadOnlyList<BenchRow>> Changes()
    {
        await using PolicyBenchRig rig = await PolicyBenchRig.Start(UserCount);
        var changes = new ChangeStream(rig, ChangesPerSecond);
        (HitResult with, HitResult without) = await Turns.Take(
            async seed =>
            {
                int[] order = rig.RandomOrder(seed);
                await using (await changes.Begin())
                    return await rig.Hit(order, PacketsPerTurn);
            },
            async seed =>
            {
                int[] order = rig.RandomOrder(seed);
                await ChangeStream.Settle();
                return await rig.Hit(order, PacketsPerTurn);
            },
            TurnCount);
        ChangeStream sustained = await Sustain(rig);
        return
        [
            new BenchRow(ChangesName, "ns/packet", with.NanosecondsPerPacket, without.NanosecondsPerPacket),
            new BenchRow(RateName, "change/s", sustained.PerSecond, ChangesPerSecond),
            new BenchRow(string.Create(CultureInfo.InvariantCulture, $"{RateName} p99"), "ms", sustained.LagMs(0.99), 10),
        ];
    }

    // A turn is too short to say how many are answered in it.
    private static async Task<ChangeStream> Sustain(PolicyBenchRig rig)
    {
        var changes = new ChangeStream(rig, ChangesPerSecond);
        int[] order = rig.RandomOrder(seed: 1);
        await using (await changes.Begin())
            await rig.Hit(order, SustainedPackets);
        await rig.CheckLimits(changes.Last);
        return changes;
    }
}
