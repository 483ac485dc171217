using Natflow.Core;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Observe;
using Natflow.Memory;

namespace Natflow.Gateway.Inspection;

/// <summary>Classifies the wanted flows of a shard, by their tickets, and keeps what DNS told each subscriber. Its worker's thread; no allocation after start.</summary>
internal sealed class FlowClassification : IDisposable
{
    private const ushort DnsPort = 53;

    private readonly AppClassifier _classifier;
    private readonly NativeArray<AppFlow> _flows;
    private readonly AnswerNames _answers;

    internal FlowClassification(InspectionPlan plan)
    {
        _classifier = new AppClassifier(plan.Catalogue);
        _flows = new NativeArray<AppFlow>(plan.FlowsMax + 1);
        _answers = new AnswerNames(plan.AnswerUsers, plan.Seed);
    }

    internal AppCounters Counters => _classifier.Counters;

    internal ref AppFlow this[uint ticket] => ref _flows[ticket];

    /// <summary>Takes a flow up, with what DNS last said of its server.</summary>
    internal InspectionMarks Begin(uint ticket, in InspectedFlow flow, long nowNs)
    {
        _flows[ticket] = default;
        FlowEnds ends = flow.Ends;
        if (!flow.StartedOutside && _answers.TryFind(in ends, nowNs, out ReadOnlySpan<byte> name))
            _classifier.NoteInferred(ref _flows[ticket], name);
        return ends.Protocol == IpProtocol.Udp && ends.ServerPort == DnsPort ? InspectionMarks.Resolver : InspectionMarks.None;
    }

    /// <summary>Takes a packet.</summary>
    /// <returns>True when the flow has its answer now.</returns>
    internal bool OnPacket(uint ticket, in InspectedFlow flow, in InspectedPacket packet, bool isReply, ref InspectionMarks marks)
    {
        if ((marks & InspectionMarks.AppDone) != InspectionMarks.None)
            return false;
        var seen = new AppPacket
        {
            Payload = packet.Payload,
            IsTcp = flow.Ends.Protocol == IpProtocol.Tcp,
            IsReply = isReply,
            ClientPort = flow.Ends.ClientPort,
            ServerPort = flow.Ends.ServerPort,
            TcpFlags = packet.Segment.Flags,
        };
        AppOutcome outcome = _classifier.OnPacket(ref _flows[ticket], in seen);
        if (outcome != AppOutcome.Pending)
            marks |= InspectionMarks.AppDone;
        return outcome == AppOutcome.Matched;
    }

    /// <summary>Takes an observation of a flow.</summary>
    /// <returns>True when the flow has its answer now.</returns>
    internal bool OnObservation(uint ticket, in Observation observation, ObservationBatch batch)
    {
        if (observation.Kind == ObservationKind.DnsAnswer)
            _answers.Learn(batch, in observation);
        bool isNamed = (observation.Flags & ObservationFlags.HasName) != ObservationFlags.None && observation.Name.Length != 0;
        return isNamed && _classifier.OnName(ref _flows[ticket], observation.Kind, observation.Flags, batch.Text(observation.Name)) == AppOutcome.Matched;
    }

    /// <summary>The name that DNS last gave a flow's server, for its client.</summary>
    internal bool TryInfer(in FlowEnds ends, long nowNs, out ReadOnlySpan<byte> name) => _answers.TryFind(in ends, nowNs, out name);

    /// <summary>Nothing more is expected of the flow's packets. What a carrier carries is known by names alone.</summary>
    internal bool IsDone(uint ticket, InspectionMarks marks) =>
        (marks & InspectionMarks.AppDone) != InspectionMarks.None || _flows[ticket].IsFinished || _flows[ticket].Protocol >= FlowProtocol.Http;

    /// <summary>Ends a flow's classification.</summary>
    /// <returns>True when the flow has its answer now.</returns>
    internal bool Complete(uint ticket)
    {
        ref AppFlow flow = ref _flows[ticket];
        bool isMatch = _classifier.Complete(ref flow) == AppOutcome.Matched;
        return isMatch | _classifier.ApplyInferred(ref flow) == AppOutcome.Matched;
    }

    public void Dispose()
    {
        _flows.Dispose();
        _answers.Dispose();
    }
}
