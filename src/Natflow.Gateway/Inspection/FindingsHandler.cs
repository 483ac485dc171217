using Natflow.Core;
using Natflow.Flows.Shards;

namespace Natflow.Gateway.Inspection;

/// <summary>
/// Decides on what inspection found in a burst, before its frames leave: changes verdicts, counts the drops it makes, and notes in the findings what was done. Called
/// once a burst that has findings, on the shard's worker.
/// </summary>
/// <param name="inspection">Its <see cref="FlowInspection.Findings"/> and their names.</param>
/// <param name="shard">Decided the burst.</param>
/// <param name="frames">The burst, translated.</param>
/// <param name="verdicts">One a frame.</param>
/// <param name="nowMs">Shard clock, ms.</param>
public delegate void FindingsHandler(FlowInspection inspection, FlowShard shard, Span<FrameDescriptor> frames, Span<Verdict> verdicts, long nowMs);
