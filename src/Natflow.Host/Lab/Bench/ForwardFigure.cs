namespace Natflow.Host.Lab.Bench;

/// <summary>One figure of the suite <c>forward</c>: a median.</summary>
/// <param name="Case">Stable name.</param>
/// <param name="Unit">For example <c>Mpps</c>.</param>
/// <param name="Measured">By Natflow.</param>
/// <param name="Baseline">By the kernel's NAT on the same links in the same run; null where it does no such thing.</param>
public sealed record ForwardFigure(string Case, string Unit, double Measured, double? Baseline = null);
