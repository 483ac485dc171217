namespace Natflow.Cli.Bench.Inspect;

/// <summary>Suite <c>inspect</c>: what a flow's first packets cost, in memory, and whole captures beside the analyst's tool.</summary>
internal static class InspectSuite
{
    /// <summary>Runs the suite.</summary>
    /// <param name="progress">Told what is being measured.</param>
    /// <param name="filter">Only cases whose name contains this.</param>
    internal static async Task<IReadOnlyList<BenchRow>> Run(Action<string> progress, string filter)
    {
        var rows = new List<BenchRow>();
        using (var packets = new FirstPacketCases())
        {
            foreach ((string name, Action<int> run, double? limitNs) in packets.All().Where(found => found.Name.Contains(filter, StringComparison.Ordinal)))
            {
                progress(name);
                rows.AddRange(FirstPacketCases.Measure(name, run, limitNs));
            }
        }

        using (var apps = new AppCases())
        {
            foreach ((string name, Action<int> run, double? limitNs) in apps.All().Where(found => found.Name.Contains(filter, StringComparison.Ordinal)))
            {
                progress(name);
                rows.AddRange(FirstPacketCases.Measure(name, run, limitNs));
            }
        }

        if (HalfOpenCase.Name.Contains(filter, StringComparison.Ordinal))
        {
            progress(HalfOpenCase.Name);
            rows.AddRange(HalfOpenCase.Run());
        }

        if (CaptureCase.Name.Contains(filter, StringComparison.Ordinal))
        {
            progress(CaptureCase.Name);
            rows.AddRange(await CaptureCase.Run());
        }

        return rows;
    }
}
