using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Domains;
using Natflow.Inspect.Observe;
using Natflow.Packets;

namespace Natflow.Inspect.Apps;

/// <summary>
/// Says what a flow is, from its first payloads in both directions and from the names seen in it. Audits only: it never delays or drops. The first answer stays.
/// </summary>
/// <remarks>
/// One owner thread. No allocation. Its state is in each <see cref="AppFlow"/>; beside that it has counters alone. A flow is let go with its answer, at the end of
/// both directions' budgets, at FIN or RST, or at the limit of packets, whichever is first.
/// </remarks>
public sealed class AppClassifier
{
    /// <summary>Packets with payload that are inspected in each direction.</summary>
    public const int PacketsPerDirectionMax = 4;

    /// <summary>Packets of a flow, with payload or without, after which it is let go.</summary>
    public const int PacketsMax = 256;

    private const int ChargedBytesMax = 96;
    private const int ChargedBytesPerDirectionMax = PacketsPerDirectionMax * ChargedBytesMax;

    private readonly DomainTable _domains;

    /// <summary>A classifier.</summary>
    /// <param name="catalogue">Lives as long as the classifier.</param>
    public AppClassifier(AppCatalogue catalogue)
    {
        _domains = catalogue.Domains;
        Counters = new AppCounters(catalogue.LastSource + 1);
    }

    /// <summary>What it did.</summary>
    public AppCounters Counters { get; }

    /// <summary>Takes a packet of a flow, in the order of arrival, with payload or without.</summary>
    /// <param name="flow">The flow's state; zero at its first packet.</param>
    /// <param name="packet">The packet.</param>
    public AppOutcome OnPacket(ref AppFlow flow, in AppPacket packet)
    {
        bool isSyn = packet.IsTcp && (packet.TcpFlags & (TcpFlags.Syn | TcpFlags.Ack)) == TcpFlags.Syn;
        if (isSyn && flow.IsFinished && flow.AnswerId == 0 && flow.Protocol == FlowProtocol.None)
            flow = new AppFlow { InferredId = flow.InferredId }; // The ports of a connection that came to nothing are used again.
        if (flow.IsFinished)
            return AppOutcome.Finished;
        if ((flow.Flags & AppFlowFlags.Armed) == AppFlowFlags.None)
            Arm(ref flow, isSure: isSyn || !packet.IsTcp);
        if (++flow.PacketsTotal > PacketsMax)
            return Finish(ref flow, AppEnd.PacketLimit);

        bool isEnd = packet.IsTcp && (packet.TcpFlags & (TcpFlags.Fin | TcpFlags.Rst)) != 0;
        AppOutcome outcome = packet.Payload.IsEmpty || (packet.TcpFlags & TcpFlags.Rst) != 0 ? AppOutcome.Pending : Inspect(ref flow, in packet);
        return outcome == AppOutcome.Pending && isEnd ? Finish(ref flow, AppEnd.Transport) : outcome;
    }

    /// <summary>Takes a name seen in a flow.</summary>
    /// <param name="flow">The flow's state.</param>
    /// <param name="kind">What the name was in.</param>
    /// <param name="flags">Facts about it.</param>
    /// <param name="name">As it stood on the wire.</param>
    public AppOutcome OnName(ref AppFlow flow, ObservationKind kind, ObservationFlags flags, ReadOnlySpan<byte> name)
    {
        if (flow.Protocol == FlowProtocol.None)
            flow.Protocol = CarrierSignatures.Of(kind);
        Span<byte> normal = stackalloc byte[HostName.BytesMax];
        HostNameRules rules = kind == ObservationKind.Http ? HostNameRules.WithPort | HostNameRules.WithUnderscore : HostNameRules.WithUnderscore;
        if (!HostName.TryNormalize(name, rules, normal, out int length))
            return OutcomeOf(in flow);
        Counters.DomainLookups++;
        ushort appId = _domains.Find(normal[..length]);
        if (appId == 0)
            return OutcomeOf(in flow);

        if (kind is ObservationKind.Dns or ObservationKind.DnsAnswer)
        {
            Counters.DnsAppIntents++;
            if (flow.AppId == 0)
                flow.AppId = appId;
            return OutcomeOf(in flow);
        }

        return CommitName(ref flow, kind, flags, appId);
    }

    /// <summary>Ends a flow's classification: it is gone, or its packets are needed no longer. What weak evidence nothing has spoken against becomes the answer.</summary>
    /// <param name="flow">The flow's state.</param>
    public AppOutcome Complete(ref AppFlow flow) =>
        (flow.Flags & (AppFlowFlags.Finished | AppFlowFlags.Armed)) == AppFlowFlags.Armed ? Finish(ref flow, AppEnd.Abort) : AppOutcome.Finished;

    /// <summary>Notes the name that DNS last gave the flow's server; nothing comes of it while the flow may still say for itself.</summary>
    /// <param name="flow">The flow's state.</param>
    /// <param name="name">See <see cref="AnswerNames.TryFind"/>.</param>
    public void NoteInferred(ref AppFlow flow, ReadOnlySpan<byte> name) => flow.InferredId = _domains.Find(name);

    /// <summary>Takes the application that was inferred from DNS, where the flow's packets named neither an application nor a protocol but a carrier.</summary>
    /// <param name="flow">The flow's state, finished.</param>
    public AppOutcome ApplyInferred(ref AppFlow flow)
    {
        bool isOpen = flow.AppId == 0 && flow.AnswerId == 0 && flow.Protocol is FlowProtocol.None or >= FlowProtocol.Http;
        if (!isOpen || flow.InferredId == 0)
            return AppOutcome.Finished;
        Counters.Inferred++;
        return AnswerByName(ref flow, AppSource.DnsAnswer, AppFlowFlags.Inferred, flow.InferredId);
    }

    private static AppOutcome OutcomeOf(in AppFlow flow) => flow.IsFinished ? AppOutcome.Finished : AppOutcome.Pending;

    private static bool IsSpent(int packets, int bytes) => packets >= PacketsPerDirectionMax || bytes >= ChargedBytesPerDirectionMax;

    private void Arm(ref AppFlow flow, bool isSure)
    {
        Counters.Armed++;
        flow.Flags |= AppFlowFlags.Armed;
        if (isSure)
            flow.Flags |= AppFlowFlags.OriginSure;
    }

    private AppOutcome Inspect(ref AppFlow flow, in AppPacket packet)
    {
        if (!TryCharge(ref flow, in packet))
            return AppOutcome.Pending;

        AppPacket known = packet with { IsOriginSure = flow.IsOriginSure };
        bool isExcluded = false;
        Evidence found;
        if (ClaimedMachines.IsClaimed(flow.Word))
            found = ClaimedMachines.Advance(in known, ref flow.Word, out isExcluded);
        else if (packet.IsTcp)
            found = PayloadSignatures.MatchTcp(in known, ref flow);
        else
            found = PayloadSignatures.MatchUdp(in known, ref flow);

        if (isExcluded)
            return Finish(ref flow, AppEnd.NoCandidate);
        if (EvidenceRules.IsSupported(ref flow, in packet, in found))
            return Commit(ref flow, in found, packet.IsReply);
        bool isSpent = IsSpent(flow.OriginalPackets, flow.OriginalBytes) && IsSpent(flow.ReplyPackets, flow.ReplyBytes);
        return isSpent ? Finish(ref flow, AppEnd.Budget) : AppOutcome.Pending;
    }

    // False when the direction's budget is spent.
    private bool TryCharge(ref AppFlow flow, in AppPacket packet)
    {
        ref byte packets = ref packet.IsReply ? ref flow.ReplyPackets : ref flow.OriginalPackets;
        ref ushort bytes = ref packet.IsReply ? ref flow.ReplyBytes : ref flow.OriginalBytes;
        if (IsSpent(packets, bytes))
            return false;
        if (packets == 0)
        {
            Counters.InspectOriginal += packet.IsReply ? 0u : 1u;
            Counters.InspectReply += packet.IsReply ? 1u : 0u;
        }

        packets++;
        bytes += (ushort)Math.Min(packet.Payload.Length, ChargedBytesMax);
        return true;
    }

    private AppOutcome Commit(ref AppFlow flow, in Evidence found, bool isReply)
    {
        bool isCarrier = found.Protocol >= FlowProtocol.Http;
        Counters.CountEnd(isCarrier ? AppEnd.NoCandidate : flow.AnswerId != 0 ? AppEnd.App : AppEnd.Match);
        flow.Flags |= AppFlowFlags.Finished;
        return Answer(ref flow, in found, isReply);
    }

    // A carrier is no answer: a name may still give one.
    private AppOutcome Answer(ref AppFlow flow, in Evidence found, bool isReply)
    {
        flow.Word = 0;
        flow.WeakId = 0;
        bool isCarrier = found.Protocol >= FlowProtocol.Http;
        if (found.Protocol != FlowProtocol.None && (!isCarrier || flow.Protocol == FlowProtocol.None))
            flow.Protocol = found.Protocol;
        if (isCarrier)
            return AppOutcome.Finished;
        if (flow.AppId == 0)
            flow.AppId = found.AppId;
        if (flow.AnswerId != 0)
        {
            Counters.AppExists++;
            return AppOutcome.Finished;
        }

        flow.AnswerId = found.AppId != 0 ? found.AppId : (ushort)found.Protocol;
        flow.Source = found.Source;
        flow.Flags |= isReply ? AppFlowFlags.FromReply : AppFlowFlags.None;
        Counters.CountMatch(found.Source);
        Counters.MatchOriginal += isReply ? 0u : 1u;
        Counters.MatchReply += isReply ? 1u : 0u;
        return AppOutcome.Matched;
    }

    private AppOutcome CommitName(ref AppFlow flow, ObservationKind kind, ObservationFlags flags, ushort appId)
    {
        Counters.DomainMatches++;
        AppSource source = kind switch
        {
            ObservationKind.Http => AppSource.Http,
            ObservationKind.Quic => AppSource.Quic,
            _ => AppSource.Tls,
        };
        bool isFromReply = (flags & ObservationFlags.FromReply) != ObservationFlags.None;
        return AnswerByName(ref flow, source, isFromReply ? AppFlowFlags.FromReply : AppFlowFlags.None, appId);
    }

    private AppOutcome AnswerByName(ref AppFlow flow, AppSource source, AppFlowFlags flags, ushort appId)
    {
        if (flow.AppId == 0)
            flow.AppId = appId;
        if (flow.AnswerId != 0)
        {
            Counters.AppExists++;
            return OutcomeOf(in flow);
        }

        flow.AnswerId = appId;
        flow.Source = source;
        Counters.CountMatch(source);
        if (!flow.IsFinished)
            Counters.CountEnd(AppEnd.App);
        flow.Flags |= flags | AppFlowFlags.Finished;
        return AppOutcome.Matched;
    }

    // Weak evidence that still stands is the answer.
    private AppOutcome Finish(ref AppFlow flow, AppEnd end)
    {
        Counters.CountEnd(end);
        flow.Flags |= AppFlowFlags.Finished;
        if (flow.WeakId == 0 || flow.WeakStrength == EvidenceStrength.Partial)
            return AppOutcome.Finished;

        bool isApp = flow.WeakId >= CatalogueEntry.AppIdMin;
        var weak = new Evidence(isApp ? FlowProtocol.None : (FlowProtocol)flow.WeakId, isApp ? flow.WeakId : (ushort)0, flow.WeakSource, flow.WeakStrength, 0);
        return Answer(ref flow, in weak, (flow.Flags & AppFlowFlags.WeakFromReply) != AppFlowFlags.None);
    }
}
