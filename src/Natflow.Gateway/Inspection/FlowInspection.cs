using System.Text;
using Natflow.Core;
using Natflow.Flows.Inspection;
using Natflow.Flows.Shards;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Domains;
using Natflow.Inspect.Observe;
using Natflow.Memory;

namespace Natflow.Gateway.Inspection;

/// <summary>
/// A shard's inspection: looks at the frames of wanted flows after they were decided and before they leave, both directions. What it finds lies in
/// <see cref="Findings"/> until <see cref="Commit"/>; whoever decides on names acts between the two. A flow is released, and may be offloaded, when it has said what
/// it is, or when its budget is spent: nothing is held back, everything fails open and is counted.
/// </summary>
/// <remarks>Its worker's thread. Steady state allocates nothing.</remarks>
public sealed class FlowInspection : IDisposable
{
    private const int FindingsMax = 1024;
    private const int ExpiriesPerCall = 256;

    private readonly ShardState _state;
    private readonly InspectionPlan _plan;
    private readonly WantedFlows _wanted;
    private readonly Inspector _inspector;
    private readonly FlowClassification _apps;
    private readonly InspectionLog _log;
    private readonly InspectionFinding[] _findings = new InspectionFinding[FindingsMax];
    private readonly uint[] _leaving = new uint[FrameDescriptor.BurstMax];
    private readonly long _flowMsMax;
    private readonly FindingsHandler? _handler;
    private InspectionCounters _counters;
    private FlowShard? _shard; // Decided the last burst.
    private InspectionSwitch _switch = InspectionSwitch.Off;
    private bool _isNeeded;
    private int _findingCount;
    private int _leavingCount;
    private ulong _mac; // Of the frame in hand.
    private DomainTable? _lists;

    /// <summary>Reserves memory. Nothing is inspected until <see cref="Switch"/>.</summary>
    /// <param name="state">The shard's; inspection is attached to it here.</param>
    /// <param name="plan">Sizes and budgets.</param>
    /// <param name="clock">For times of records.</param>
    public FlowInspection(ShardState state, InspectionPlan plan, TimeProvider clock)
    {
        _state = state;
        _plan = plan;
        _lists = plan.Lists;
        state.AttachInspection(plan.FlowsMax, plan.HostsMax);
        _wanted = state.Wanted!;
        _inspector = new Inspector(plan.Inspector with { FollowsConnections = false, ReportsAnswers = true, PacketsPerFlowMax = plan.PacketsPerFlowMax, Seed = plan.Seed });
        _apps = new FlowClassification(plan);
        _log = new InspectionLog(plan, clock);
        _handler = plan.MakeHandler?.Invoke(state);
        _flowMsMax = (long)plan.FlowTimeMax.TotalMilliseconds;
    }

    /// <summary>What was found in the burst in hand.</summary>
    public Span<InspectionFinding> Findings => _findings.AsSpan(0, _findingCount);

    /// <summary>Gets the batches.</summary>
    public Natflow.Actors.IActorRef Sink => _plan.Sink;

    /// <summary>The host that a finding names, as it stood on the wire; empty without one. Valid until <see cref="Commit"/>.</summary>
    public ReadOnlySpan<byte> NameOf(in InspectionFinding finding) =>
        finding.ObservationIndex < 0 ? default : _inspector.Observations.Text(_inspector.Observations.Observations[finding.ObservationIndex].Name);

    /// <summary>What was counted, at this moment.</summary>
    public InspectionReport Report()
    {
        InspectionCounters counters = _counters;
        counters.FlowsWanted = _wanted.Count;
        counters.FlowsEvicted = _wanted.Evicted;
        counters.Observations = _inspector.Counters.Observations;
        counters.ObservationsLost = _inspector.Counters.BatchFull;
        counters.BufferedBytes = _inspector.BufferedBytes;
        counters.StreamsEvicted = _inspector.Counters.FlowsEvicted;
        counters.PagesExhausted = _inspector.Counters.PagesExhausted;
        counters.Matches = _apps.Counters.Matches;
        counters.HostsRefused = _state.Hosts!.Refused;
        counters.HostsNotKept = _state.Hosts.NotKept;
        _log.AddTo(ref counters);
        return new InspectionReport(counters, [.. _apps.Counters.Named(_plan.Catalogue, _log.Events)]);
    }

    /// <summary>Switches. Off releases all flows that are wanted.</summary>
    public void Switch(InspectionSwitch wanted)
    {
        _switch = wanted;
        _log.Switch(wanted);
        _wanted.Switch(wanted.IsOn || _isNeeded);
    }

    /// <summary>Says whether rules depend on the names of hosts: then flows are looked at, whether or not it is switched on, and nothing more is written down.</summary>
    public void SetNeeded(bool isNeeded)
    {
        if (_isNeeded == isNeeded)
            return;
        _isNeeded = isNeeded;
        _wanted.Switch(_switch.IsOn || isNeeded);
    }

    /// <summary>Whether a finding is an HTTP request that a redirect can answer: GET or POST, in any case.</summary>
    public bool IsSimpleRequest(in InspectionFinding finding)
    {
        if (finding.ObservationIndex < 0)
            return false;
        ReadOnlySpan<byte> method = _inspector.Observations.Text(_inspector.Observations.Observations[finding.ObservationIndex].Method);
        return Ascii.EqualsIgnoreCase(method, "GET"u8) || Ascii.EqualsIgnoreCase(method, "POST"u8);
    }

    /// <summary>Takes other lists of domains; the earlier ones are not read any more.</summary>
    /// <param name="lists">Outlives their use here; null for none.</param>
    public void UseLists(DomainTable? lists) => _lists = lists;

    /// <summary>Sets the counters of classification to zero and forgets events that wait.</summary>
    public void ClearApps()
    {
        _apps.Counters.Clear();
        _log.Events.Clear();
    }

    /// <summary>Looks at a burst that was decided.</summary>
    /// <param name="shard">Decided it just now.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="frames">The burst.</param>
    /// <param name="verdicts">One a frame; what is not forwarded is not looked at.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    public void Inspect(FlowShard shard, Umem umem, ReadOnlySpan<FrameDescriptor> frames, ReadOnlySpan<Verdict> verdicts, long nowMs)
    {
        _shard = shard;
        if (_wanted.Count == 0)
            return;
        _log.Tick(nowMs);
        for (int i = 0; i < frames.Length; i++)
        {
            if (verdicts[i] is not (Verdict.Forward or Verdict.ForwardUntranslated or Verdict.Hairpin) || !shard.TryGetFlow(i, out bool isIpv6, out uint flowIndex))
                continue;
            uint ticket = _wanted.TicketOf(isIpv6, flowIndex);
            bool isSecondPass = (frames[i].Flags & FrameFlags.Hairpinned) != FrameFlags.None && verdicts[i] != Verdict.Hairpin;
            if (ticket != WantedFlows.None && !isSecondPass)
                InspectFrame(umem, in frames[i], i, ticket);
        }
    }

    /// <summary>Has whoever decides on names act on what was found. Between <see cref="Inspect"/> and <see cref="Commit"/>.</summary>
    /// <inheritdoc cref="FindingsHandler" path="/param[@name!='inspection' and @name!='shard']"/>
    public void Judge(Span<FrameDescriptor> frames, Span<Verdict> verdicts, long nowMs)
    {
        if (_findingCount != 0 && _shard is { } shard)
            _handler?.Invoke(this, shard, frames, verdicts, nowMs);
    }

    /// <summary>Writes down what was found, with what was decided on it, and releases the flows that are done. After each <see cref="Inspect"/>.</summary>
    public void Commit()
    {
        foreach (ref readonly InspectionFinding finding in Findings)
        {
            if (finding.ObservationIndex >= 0)
                _log.Add(_inspector.Observations, in finding, InspectedFlow.Of(_state, finding.IsIpv6, finding.FlowIndex));
        }

        for (int i = 0; i < _leavingCount; i++)
        {
            // Whoever acted on a finding may have ended the flow.
            if (((InspectionMarks)_wanted[_leaving[i]].Mark & InspectionMarks.Leaving) != InspectionMarks.None)
                _wanted.Release(_leaving[i]);
        }

        _leavingCount = 0;
        _findingCount = 0;
        _inspector.Observations.Clear();
    }

    /// <summary>Lets go what has waited too long; once a turn. Bounded work.</summary>
    /// <param name="nowMs">Shard clock, ms.</param>
    public void Advance(long nowMs)
    {
        _log.Tick(nowMs);
        for (int i = 0; i < ExpiriesPerCall && _wanted.OldestBefore(nowMs - _flowMsMax) is not WantedFlows.None and uint ticket; i++)
            Expire(ticket, nowMs);
        if (_inspector.FlowCount == 0)
            return;
        _inspector.Advance(_log.NowNs);
        _log.AddRest(_inspector.Observations);
        _inspector.Observations.Clear();
    }

    /// <summary>A batch for the sink, when there is something for it and it has not all batches.</summary>
    /// <param name="nowMs">Shard clock, ms.</param>
    public InspectionBatch? TakeBatch(long nowMs) => _log.TakeBatch(nowMs);

    /// <summary>Takes a batch back.</summary>
    public void GiveBack(InspectionBatch batch) => _log.GiveBack(batch);

    /// <summary>Everything that waits, in batches of any number: nothing will come any more.</summary>
    public IEnumerable<InspectionBatch> TakeAll() => _log.TakeAll();

    /// <inheritdoc />
    public void Dispose()
    {
        _inspector.Dispose();
        _apps.Dispose();
        _log.Dispose();
    }

    private void InspectFrame(Umem umem, ref readonly FrameDescriptor frame, int frameIndex, uint ticket)
    {
        ref WantedFlow wanted = ref _wanted[ticket];
        var marks = (InspectionMarks)wanted.Mark;
        if ((marks & InspectionMarks.Leaving) != InspectionMarks.None)
            return;
        InspectedFlow flow = InspectedFlow.Of(_state, wanted.IsIpv6, wanted.FlowIndex);
        if (marks == InspectionMarks.None)
            marks = InspectionMarks.Begun | _apps.Begin(ticket, in flow, _log.NowNs);
        wanted.Packets++;
        _counters.Packets++;
        int before = _inspector.Observations.Count;
        ReadOnlySpan<byte> bytes = umem.Frame(frame.FrameOffset, frame.LengthBytes);
        if (InspectedPacket.TryRead(bytes, in frame, wanted.IsIpv6, flow.Ends.Protocol, out InspectedPacket packet))
        {
            bool isReply = SideOf(in frame) != (flow.StartedOutside ? Side.Wan : Side.Lan);
            bool isMatch = _apps.OnPacket(ticket, in flow, in packet, isReply, ref marks);
            Read(in flow, in packet, isReply, ref marks);
            _mac = packet.Mac;
            isMatch |= Take(before, frameIndex, ticket, in wanted, in flow);
            if (isMatch)
                Report(frameIndex, ticket, in wanted, in flow);
        }
        else
        {
            _counters.PacketsNotRead++;
        }

        wanted.Mark = (byte)Decide(frameIndex, ticket, in wanted, in flow, marks);
    }

    // A frame that turns round is described as it comes back.
    private static Side SideOf(ref readonly FrameDescriptor frame) =>
        (frame.Flags & FrameFlags.Hairpinned) != FrameFlags.None ? Side.Lan : frame.Key.Side;

    private void Read(in InspectedFlow flow, in InspectedPacket packet, bool isReply, ref InspectionMarks marks)
    {
        if ((marks & InspectionMarks.NamesDone) != InspectionMarks.None)
            return;
        FlowEnds ends = isReply ? flow.Ends.Reversed : flow.Ends;
        InspectOutcome outcome = ends.Protocol == IpProtocol.Tcp
            ? _inspector.OnTcp(in ends, packet.Segment, packet.Payload, _log.NowNs)
            : _inspector.OnUdp(in ends, packet.Payload, _log.NowNs);
        if (outcome == InspectOutcome.Done)
            marks |= InspectionMarks.NamesDone;
    }

    // What the packet led to. True when a name gave the flow its application.
    private bool Take(int from, int frameIndex, uint ticket, in WantedFlow wanted, in InspectedFlow flow)
    {
        bool isMatch = false;
        for (int i = from; i < _inspector.Observations.Count; i++)
        {
            ref readonly Observation observation = ref _inspector.Observations.Observations[i];
            isMatch |= _apps.OnObservation(ticket, in observation, _inspector.Observations);
            if (observation.Kind == ObservationKind.DnsAnswer)
                continue;
            if (observation.Name.Length == 0 && _apps.TryInfer(observation.Ends, _log.NowNs, out ReadOnlySpan<byte> name))
                _ = _inspector.Observations.TryInfer(i, name);
            AddFinding(frameIndex, ticket, in wanted, in flow, in observation, i);
        }

        return isMatch;
    }

    private void AddFinding(int frameIndex, uint ticket, in WantedFlow wanted, in InspectedFlow flow, in Observation observation, int observationIndex)
    {
        if (_findingCount == _findings.Length)
        {
            _counters.FindingsLost++;
            return;
        }

        _counters.Findings++;
        ref readonly AppFlow app = ref _apps[ticket];
        ushort list = observationIndex < 0 ? (ushort)0 : _lists?.Find(_inspector.Observations.Text(observation.Name)) ?? 0;
        _counters.NamesListed += list == 0 ? 0UL : 1;
        _findings[_findingCount++] = new InspectionFinding
        {
            FrameIndex = frameIndex,
            FlowIndex = wanted.FlowIndex,
            UserIndex = flow.UserIndex,
            IsIpv6 = wanted.IsIpv6,
            Kind = observation.Kind,
            Flags = observation.Flags,
            ObservationIndex = observationIndex,
            Protocol = app.Protocol,
            AppId = app.AppId,
            ListNumber = list,
            Mac = _mac,
            AclSlot = InspectionLog.NoSlot,
        };
    }

    // The flow has its answer.
    private void Report(int frameIndex, uint ticket, in WantedFlow wanted, in InspectedFlow flow)
    {
        ref readonly AppFlow app = ref _apps[ticket];
        _log.AddEvent(in flow, in app, _plan.Catalogue);
        if (frameIndex >= 0)
            AddFinding(frameIndex, ticket, in wanted, in flow, default, observationIndex: -1);
    }

    private InspectionMarks Decide(int frameIndex, uint ticket, in WantedFlow wanted, in InspectedFlow flow, InspectionMarks marks)
    {
        bool isResolver = (marks & InspectionMarks.Resolver) != InspectionMarks.None;
        bool isSpent = wanted.Packets >= _plan.PacketsPerFlowMax && !isResolver;
        if (!isSpent && (isResolver || (marks & InspectionMarks.NamesDone) == InspectionMarks.None || !_apps.IsDone(ticket, marks)))
            return marks;
        if (isSpent)
            _counters.BudgetsSpent++;
        End(frameIndex, ticket, in wanted, in flow, marks);
        _leaving[_leavingCount++] = ticket;
        return marks | InspectionMarks.Leaving;
    }

    // What it has said so far counts.
    private void End(int frameIndex, uint ticket, in WantedFlow wanted, in InspectedFlow flow, InspectionMarks marks)
    {
        int before = _inspector.Observations.Count;
        if ((marks & InspectionMarks.NamesDone) == InspectionMarks.None)
            _inspector.Forget(flow.Ends, _log.NowNs);
        bool isMatch = Take(before, frameIndex, ticket, in wanted, in flow);
        if (_apps.Complete(ticket) | isMatch)
            Report(frameIndex, ticket, in wanted, in flow);
    }

    private void Expire(uint ticket, long nowMs)
    {
        ref WantedFlow wanted = ref _wanted[ticket];
        var marks = (InspectionMarks)wanted.Mark;
        if ((marks & InspectionMarks.Resolver) != InspectionMarks.None)
        {
            _wanted.Renew(ticket, nowMs);
            return;
        }

        _counters.BudgetsSpent++;
        if (marks != InspectionMarks.None)
            End(frameIndex: -1, ticket, in wanted, InspectedFlow.Of(_state, wanted.IsIpv6, wanted.FlowIndex), marks);
        _wanted.Release(ticket);
        Judge([], [], nowMs);
        Commit();
    }
}
