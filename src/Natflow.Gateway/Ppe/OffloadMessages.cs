using Natflow.Offload.MediaTek;

namespace Natflow.Gateway.Ppe;

/// <summary>Asks the offload actor for an <see cref="OffloadReport"/>.</summary>
public sealed record OffloadReportRequest
{
    /// <summary>The only one.</summary>
    public static readonly OffloadReportRequest Instance = new();
}

/// <summary>Figures of a PPE and of the offload actor.</summary>
/// <param name="Ppe">Name of the PPE.</param>
/// <param name="CapacityEntries">Entries it can hold.</param>
/// <param name="CountEntries">Entries it holds.</param>
/// <param name="FlowCount">Flows bound, or leaving.</param>
/// <param name="Counters">What was done since start.</param>
public sealed record OffloadReport(string Ppe, int CapacityEntries, int CountEntries, int FlowCount, OffloadCounters Counters);

/// <summary>Asks the offload actor for a <see cref="FoeImage"/>.</summary>
/// <param name="Soc">The chip.</param>
/// <param name="BoundOnly">As the kernel's file <c>bind</c>; else as <c>entries</c>.</param>
public sealed record FoeImageRequest(MediaTekSoc Soc, bool BoundOnly);
