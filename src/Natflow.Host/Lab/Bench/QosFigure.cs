namespace Natflow.Host.Lab.Bench;

/// <summary>What a limit or a shared line gave.</summary>
/// <param name="Case">Stable name.</param>
/// <param name="Unit">Unit of both figures.</param>
/// <param name="Measured">By the client.</param>
/// <param name="Baseline">What was asked for, or the same without load; null where there is none.</param>
public sealed record QosFigure(string Case, string Unit, double Measured, double? Baseline);
