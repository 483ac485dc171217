using Natflow.Core;
using Natflow.Flows.Hosts;
using Natflow.Flows.Shards;
using Natflow.Flows.Users;
using Natflow.Inspect.Observe;

namespace Natflow.Gateway.Inspection;

/// <summary>Has the host rules decide on the names that inspection found, before their frames leave.</summary>
public static class HostRules
{
    /// <summary>Judges a burst's findings; a <see cref="FindingsHandler"/>.</summary>
    /// <inheritdoc cref="FindingsHandler" path="/param"/>
    public static void Judge(FlowInspection inspection, FlowShard shard, Span<FrameDescriptor> frames, Span<Verdict> verdicts, long nowMs)
    {
        if (shard.State.Hosts is not { } hosts)
            return;
        foreach (ref InspectionFinding finding in inspection.Findings)
        {
            if (!TryGetSource(inspection, in finding, out HostSource source) || !IsSubscribers(shard.State, in finding, frames))
                continue;
            HostJudgement judgement = hosts.Judge(finding.IsIpv6, finding.FlowIndex, finding.UserIndex, inspection.NameOf(in finding), source);
            finding.AclSlot = judgement.Slot;
            finding.AclAction = judgement.Action;
            if (judgement.Treatment != FlowTreatment.Pass)
                Refuse(shard, in finding, judgement.Treatment, frames, verdicts, nowMs);
        }
    }

    private static void Refuse(FlowShard shard, ref readonly InspectionFinding finding, FlowTreatment treatment, Span<FrameDescriptor> frames, Span<Verdict> verdicts, long nowMs)
    {
        if (finding.FrameIndex < 0)
        {
            shard.RefuseFlow(finding.IsIpv6, finding.FlowIndex, treatment);
            return;
        }

        ref Verdict verdict = ref verdicts[finding.FrameIndex];
        if (verdict is Verdict.Forward or Verdict.ForwardUntranslated or Verdict.Hairpin) // One frame may name several hosts; it is answered once.
            verdict = shard.Refuse(ref frames[finding.FrameIndex], verdict, finding.IsIpv6, finding.FlowIndex, treatment, nowMs);
    }

    // What DNS said of an address is no name that the client asked for: other hosts are there too.
    private static bool TryGetSource(FlowInspection inspection, ref readonly InspectionFinding finding, out HostSource source)
    {
        source = finding.Kind switch
        {
            ObservationKind.Http => inspection.IsSimpleRequest(in finding) ? HostSource.HttpRequest : HostSource.HttpOther,
            ObservationKind.Tls => HostSource.Tls,
            ObservationKind.Dns => HostSource.Dns,
            _ => HostSource.Quic,
        };
        bool isName = finding.Kind is ObservationKind.Http or ObservationKind.Tls or ObservationKind.Dns or ObservationKind.Quic or ObservationKind.Dtls;
        return isName && (finding.Flags & (ObservationFlags.HasName | ObservationFlags.Inferred)) == ObservationFlags.HasName;
    }

    // The rules are on what subscribers visit, not on who visits them.
    private static bool IsSubscribers(ShardState state, ref readonly InspectionFinding finding, ReadOnlySpan<FrameDescriptor> frames)
    {
        bool isHairpin = finding.FrameIndex >= 0 && (frames[finding.FrameIndex].Flags & FrameFlags.Hairpinned) != FrameFlags.None;
        bool isFromInside = finding.FrameIndex < 0 || isHairpin || frames[finding.FrameIndex].Key.Side == Side.Lan;
        return isFromInside && !InspectedFlow.Of(state, finding.IsIpv6, finding.FlowIndex).StartedOutside;
    }
}
