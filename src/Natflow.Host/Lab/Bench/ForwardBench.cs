namespace Natflow.Host.Lab.Bench;

/// <summary>
/// The suite <c>forward</c>: NAT of frames made inside the kernel on one core, of TCP transfers, of new flows, each beside the kernel's own NAT on the same links in
/// the same run. Medians of three.
/// </summary>
public static class ForwardBench
{
    /// <summary>Measures every case.</summary>
    /// <param name="progress">Told what comes next.</param>
    /// <param name="cancellation">Ends it; what was made is removed.</param>
    /// <exception cref="LabException">Not root, a program is missing, or the machine cannot do it.</exception>
    public static async Task<IReadOnlyList<ForwardFigure>> Run(Action<string> progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(progress);
        LabRun.ThrowUnlessRoot();
        foreach (string program in new[] { "nft", "ethtool" })
        {
            if (LabTool.Find(program) is null)
                throw new LabException($"'{program}' is not installed; on Debian: apt install nftables ethtool");
        }

        var figures = new List<ForwardFigure>();
        figures.AddRange(OffloadBench.Run(progress, cancellation));
        figures.AddRange(await TcpBulkBench.Run(progress, cancellation));
        figures.AddRange(await NewFlowsBench.Run(progress, cancellation));
        figures.Add(BindBench.Run(progress));
        figures.AddRange(await UserSpaceBench.Run(progress, cancellation));
        return figures;
    }
}
