namespace Natflow.Host.Lab.Bench;

/// <summary>How fast a stream of UDP frames was forwarded with NAT.</summary>
/// <param name="Case">Stable name.</param>
/// <param name="Measured">By Natflow, million frames a second.</param>
/// <param name="Baseline">By the kernel's NAT on the same links in the same run, million frames a second.</param>
public sealed record ForwardFigure(string Case, double Measured, double Baseline);
