namespace Natflow.Management.Control;

/// <summary>What rules about hosts did since the start.</summary>
/// <param name="Refused">Flows that they refused.</param>
/// <param name="NotKept">Flows whose host was not kept, for want of room: only rules that were there when they asked hold for them.</param>
public sealed record HostRulesModel(ulong Refused, ulong NotKept);
