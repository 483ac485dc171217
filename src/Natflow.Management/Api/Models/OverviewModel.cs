using Natflow.Core;

namespace Natflow.Management.Api.Models;

/// <summary>The gateway in one second.</summary>
/// <param name="TimeMs">Unix time, ms.</param>
/// <param name="BitsPerSecond">L3 bits forwarded, offloaded ones included.</param>
/// <param name="PacketsOutPerSecond">Packets from inside.</param>
/// <param name="PacketsInPerSecond">Packets from outside.</param>
/// <param name="FlowsPerSecond">Flows opened.</param>
/// <param name="DropsPerSecond">Packets dropped.</param>
/// <param name="Flows">Living flows.</param>
/// <param name="Mappings">Living mappings.</param>
/// <param name="Users">Subscribers.</param>
/// <param name="PortBlocks">Port blocks held.</param>
/// <param name="OffloadPercent">Share of this second's packets that the PPE forwarded.</param>
/// <param name="ReceiveLostPerSecond">Frames that the kernel dropped before the gateway saw them.</param>
/// <param name="Drops">Packets dropped since the start, by reason.</param>
public sealed record OverviewModel(
    long TimeMs,
    double BitsPerSecond,
    double PacketsOutPerSecond,
    double PacketsInPerSecond,
    double FlowsPerSecond,
    double DropsPerSecond,
    int Flows,
    int Mappings,
    int Users,
    int PortBlocks,
    double OffloadPercent,
    double ReceiveLostPerSecond,
    IReadOnlyDictionary<DropReason, ulong> Drops);
