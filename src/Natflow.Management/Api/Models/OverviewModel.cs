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

/// <summary>The seconds before now.</summary>
/// <param name="Ticks">Oldest first.</param>
public sealed record HistoryModel(IReadOnlyList<OverviewModel> Ticks);

/// <summary>Who is asking.</summary>
/// <param name="Name">Name of the token, or how the caller came in.</param>
/// <param name="Role">viewer, operator, auditor, admin.</param>
/// <param name="Version">Version of the gateway.</param>
public sealed record SessionModel(string Name, string Role, string Version);

/// <summary>Health of the gateway's parts.</summary>
/// <param name="IsHealthy">Whether all checks are well.</param>
/// <param name="Checks">Each check.</param>
public sealed record HealthModel(bool IsHealthy, IReadOnlyList<HealthCheckModel> Checks);

/// <summary>One check.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsOk">Whether it is well.</param>
/// <param name="Detail">In words.</param>
public sealed record HealthCheckModel(string Name, bool IsOk, string Detail);

/// <summary>Records of changes.</summary>
/// <param name="Records">Newest first.</param>
public sealed record AuditModel(IReadOnlyList<AuditRecord> Records);
