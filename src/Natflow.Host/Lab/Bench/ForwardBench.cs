namespace Natflow.Host.Lab.Bench;

/// <summary>
/// The suite <c>forward</c>: NAT of frames made inside the kernel on one core, of TCP transfers, of new flows, each beside the kernel's own NAT on the same links in
/// the same run. Medians of three.
/// </summary>
public static class ForwardBench
{
    private static readonly (string Name, Func<Action<string>, CancellationToken, Task<IReadOnlyList<ForwardFigure>>> Measure)[] Measurements =
    [
        .. OffloadBench.Measurements,
        ("tcp offload", TcpBulkBench.Run),
        ("new flows live, established to bound p99", NewFlowsBench.Run),
        ("bind", static (progress, _) => Task.FromResult<IReadOnlyList<ForwardFigure>>([BindBench.Run(progress)])),
        .. UserSpaceBench.Measurements,
    ];

    /// <summary>Measures every case.</summary>
    /// <param name="filter">Only measurements whose name has this in it; empty for all.</param>
    /// <param name="progress">Told what comes next.</param>
    /// <param name="cancellation">Ends it; what was made is removed.</param>
    /// <exception cref="LabException">Not root, a program is missing, or the machine cannot do it.</exception>
    public static async Task<IReadOnlyList<ForwardFigure>> Run(string filter, Action<string> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(progress);
        LabRun.ThrowUnlessRoot();
        foreach (string program in new[] { "nft", "ethtool" })
        {
            if (LabTool.Find(program) is null)
                throw new LabException($"'{program}' is not installed; on Debian: apt install nftables ethtool");
        }

        using var expedited = new ExpeditedGracePeriods();
        var figures = new List<ForwardFigure>();
        foreach ((string name, Func<Action<string>, CancellationToken, Task<IReadOnlyList<ForwardFigure>>> measure) in Measurements)
        {
            if (name.Contains(filter, StringComparison.OrdinalIgnoreCase))
                figures.AddRange(await measure(progress, cancellation));
        }

        return figures;
    }
}
