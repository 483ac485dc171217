namespace Natflow.Flows.Snapshot;

/// <summary>Where a flow was found or put.</summary>
/// <param name="ShardIndex">Its shard.</param>
/// <param name="IsIpv6">Whether it is in the table of IPv6 flows.</param>
/// <param name="FlowIndex">Its entry there.</param>
/// <param name="WasKnown">Whether the snapshot had it: then what the PPE counted up to the last reading is in its counters already.</param>
public readonly record struct AdoptedPlace(int ShardIndex, bool IsIpv6, uint FlowIndex, bool WasKnown);
