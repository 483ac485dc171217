using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Alg.Sip;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Flows.Alg;

/// <summary>What a shard keeps for its application level gateways: their TCP flows, the flows they expect, counters.</summary>
/// <remarks>Owner thread only. All memory is reserved at start; what finds no room passes unrewritten and is counted.</remarks>
public sealed class AlgState : IDisposable
{
    private const int StepsPerAdvance = 64;

    private readonly ShardState _shard;
    private readonly MappingMaker _mappings;
    private AlgSettings _settings;
    private readonly ushort _ftpPortBe;
    private readonly ushort _sipPortBe;
    private readonly ushort _tftpPortBe;
    private AlgCounters _counters;

    /// <summary>Reserves the memory.</summary>
    internal AlgState(ShardState shard)
    {
        _shard = shard;
        _mappings = new MappingMaker(shard);
        _settings = shard.Settings.Alg;
        _ftpPortBe = BinaryPrimitives.ReverseEndianness(_settings.FtpPort);
        _sipPortBe = BinaryPrimitives.ReverseEndianness(_settings.SipPort);
        _tftpPortBe = BinaryPrimitives.ReverseEndianness(_settings.TftpPort);
        ExpectationLifetimeMs = (long)_settings.ExpectationLifetime.TotalMilliseconds;
        ContactLifetimeMs = (long)_settings.ContactLifetime.TotalMilliseconds;
        Flows = new AlgFlowTable(_settings.FlowCapacity);
        Expectations = new ExpectationTable(_settings.ExpectationCapacity, shard.Settings.UserCapacity, shard.Hash);
    }

    /// <summary>Takes other switches. A flow keeps the gateway that it has: its sequence numbers may be shifted.</summary>
    internal void Apply(AlgSettings rules) => _settings = _settings with { Ftp = rules.Ftp, Sip = rules.Sip, Tftp = rules.Tftp };

    /// <summary>Counters.</summary>
    public ref AlgCounters Counters => ref _counters;

    /// <summary>TCP flows with an application level gateway.</summary>
    public int FlowCount => Flows.Count;

    /// <summary>Flows that are waited for.</summary>
    public int ExpectationCount => Expectations.Count;

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => Flows.LengthBytes + Expectations.LengthBytes;

    internal AlgFlowTable Flows { get; }

    internal ExpectationTable Expectations { get; }

    internal long ExpectationLifetimeMs { get; }

    internal long ContactLifetimeMs { get; }

    internal int PacketBytesMax => _settings.PacketBytesMax;

    internal ushort SipPort => _settings.SipPort;

    /// <summary>The gateway that a flow's ports call for.</summary>
    internal AlgKind KindOf(ref readonly FlowRecord flow)
    {
        bool startedOutside = (flow.Flags & FlowFlags.StartedOutside) != FlowFlags.None;
        AlgKind kind = startedOutside ? KindOf(flow.InsidePortBe, flow.Protocol) : KindOf(flow.RemotePortBe, flow.Protocol);
        return kind == AlgKind.None && startedOutside ? KindOf(flow.ExternalPortBe, flow.Protocol) : kind;
    }

    /// <summary>Whether a flow needs a mapping whatever the mapping mode, for its answers come from a port that nobody knows yet.</summary>
    internal bool NeedsMapping(in FlowKey outKey) => KindOf(outKey.DstPortBe, outKey.Protocol) == AlgKind.Tftp;

    /// <summary>Whether a packet from outside was announced.</summary>
    internal bool IsExpected(in FlowKey inKey, long nowMs) =>
        Expectations.Count != 0 && Expectations.Find(in inKey, nowMs) != FlowTable.None;

    /// <summary>A flow.</summary>
    internal ref FlowRecord FlowOf(uint slot) => ref _shard.Flows.Flow(slot >> 1);

    /// <summary>Looks at a flow that has just been opened: marks it for its gateway, or uses up what announced it.</summary>
    internal void OnOpened(uint slot, long nowMs)
    {
        ref FlowRecord flow = ref FlowOf(slot);
        if ((flow.Flags & FlowFlags.StartedOutside) != FlowFlags.None && Expectations.Count != 0)
            Meet(flow.InKey(), nowMs);

        AlgKind kind = KindOf(in flow);
        if (kind == AlgKind.None)
            return;
        if (flow.Protocol == IpProtocol.Udp || Flows.TryAdd(slot >> 1, kind))
            flow.Flags |= FlowFlags.Helper;
        else
            _counters.LimitPassed++;
    }

    /// <summary>A flow with an application level gateway ends.</summary>
    internal void OnEnded(uint flowIndex) => Flows.Remove(flowIndex);

    /// <summary>
    /// Opens an inside endpoint of the flow's own subscriber to a peer: finds or makes its mapping, holds it, and lets the peer in.
    /// </summary>
    /// <param name="slot">The flow that carried the announcement.</param>
    /// <param name="announcement">What was announced.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="externalAddrBe">Where the endpoint is reached from outside.</param>
    /// <param name="externalPortBe">The same, port.</param>
    /// <returns>False, counted, for want of room, ports or quota.</returns>
    internal bool TryExpect(
        uint slot, in Announcement announcement, long nowMs, out uint externalAddrBe, out ushort externalPortBe)
    {
        ref FlowRecord flow = ref FlowOf(slot);
        var key = new FlowKey(flow.InsideAddrBe, 0, announcement.InsidePortBe, 0, flow.Zone, announcement.Protocol, Side.Lan);
        externalAddrBe = flow.ExternalAddrBe;
        externalPortBe = announcement.InsidePortBe;
        if ((flow.Flags & FlowFlags.OneToOne) != FlowFlags.None)
            return true; // All its ports are its own, and open as far as filtering allows.
        _mappings.Pair(flow.UserIndex, flow.ExternalAddrBe);
        if (_mappings.TryMapInside(flow.UserIndex, in key, nowMs, out uint mappingIndex) != DropReason.None
            || !TryExpect(flow.UserIndex, mappingIndex, in announcement, nowMs))
        {
            _counters.LimitPassed++;
            return false;
        }

        externalAddrBe = _shard.Mappings[mappingIndex].ExternalAddrBe;
        externalPortBe = _shard.Mappings[mappingIndex].ExternalPortBe;
        return true;
    }

    /// <summary>Lets a peer in to a mapping that exists; a mapping that nobody uses yet goes again when there is no room.</summary>
    /// <param name="userIndex">Who is charged.</param>
    /// <param name="mappingIndex">The mapping.</param>
    /// <param name="announcement">Who may come, until when.</param>
    /// <param name="nowMs">Shard clock.</param>
    internal bool TryExpect(uint userIndex, uint mappingIndex, in Announcement announcement, long nowMs)
    {
        ref MappingRecord mapping = ref _shard.Mappings[mappingIndex];
        var expectation = new Expectation
        {
            UntilMs = announcement.UntilMs,
            ExternalAddrBe = mapping.ExternalAddrBe,
            ExternalPortBe = mapping.ExternalPortBe,
            RemoteAddrBe = announcement.RemoteAddrBe,
            RemotePortBe = announcement.RemotePortBe,
            MappingIndex = mappingIndex,
            UserIndex = userIndex,
            Protocol = announcement.Protocol,
            IsOnce = announcement.IsOnce ? (byte)1 : (byte)0,
        };
        uint index = Expectations.FindSame(in expectation);
        if (index != FlowTable.None)
        {
            Expectations[index].UntilMs = announcement.UntilMs;
            return true;
        }

        _shard.HoldMapping(mappingIndex, userIndex);
        if (Expectations.CountOf(userIndex) < _settings.ExpectationsPerUserMax && Expectations.Add(in expectation) != FlowTable.None)
        {
            _counters.Expected++;
            return true;
        }

        _shard.ReleaseMapping(mappingIndex, userIndex, nowMs);
        return false;
    }

    /// <summary>As TryExpect, for a media port and its control port (RFC 3550 section 11): an even external port and the next one where a pair is free.</summary>
    /// <param name="slot">The flow that carried the announcement.</param>
    /// <param name="media">The even port.</param>
    /// <param name="control">The port after it; opened if there is room.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="externalAddrBe">Where the media port is reached from outside.</param>
    /// <param name="externalPortBe">The same, port.</param>
    internal bool TryExpectPair(
        uint slot, in Announcement media, in Announcement control, long nowMs, out uint externalAddrBe, out ushort externalPortBe)
    {
        ref FlowRecord flow = ref FlowOf(slot);
        uint userIndex = flow.UserIndex;
        var key = new FlowKey(flow.InsideAddrBe, 0, media.InsidePortBe, 0, flow.Zone, media.Protocol, Side.Lan);
        _mappings.Pair(userIndex, flow.ExternalAddrBe);
        uint first = FlowTable.None;
        uint second = FlowTable.None;
        bool isPair = (flow.Flags & FlowFlags.OneToOne) == FlowFlags.None && _mappings.TryMapPair(userIndex, in key, nowMs, out first, out second);
        if (isPair)
        {
            _shard.HoldMapping(first, userIndex);
            _shard.HoldMapping(second, userIndex);
        }

        bool isOpened = TryExpect(slot, in media, nowMs, out externalAddrBe, out externalPortBe);
        if (isOpened)
            TryExpect(slot, in control, nowMs, out _, out _);
        if (isPair)
        {
            _shard.ReleaseMapping(first, userIndex, nowMs);
            _shard.ReleaseMapping(second, userIndex, nowMs);
        }

        return isOpened;
    }

    /// <summary>The translator of SIP endpoints, which looks at the shard's mappings.</summary>
    internal SipEndpoints MakeSipEndpoints() => new(this, _shard);

    /// <summary>Ends expectations whose time is over. Bounded; each is exact at lookup whether or not this came round.</summary>
    internal void Advance(long nowMs)
    {
        int steps = Expectations.Count == 0 ? 0 : StepsPerAdvance;
        while (steps > 0 && Expectations.TryFindOver(nowMs, ref steps, out uint index))
            End(index, nowMs);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Flows.Dispose();
        Expectations.Dispose();
    }

    private AlgKind KindOf(ushort serverPortBe, byte protocol)
    {
        if (_settings.Sip && serverPortBe == _sipPortBe && (protocol is IpProtocol.Udp or IpProtocol.Tcp))
            return AlgKind.Sip;
        if (protocol == IpProtocol.Tcp)
            return serverPortBe == _ftpPortBe && _settings.Ftp ? AlgKind.Ftp : AlgKind.None;
        return protocol == IpProtocol.Udp && serverPortBe == _tftpPortBe && _settings.Tftp ? AlgKind.Tftp : AlgKind.None;
    }

    private void Meet(in FlowKey inKey, long nowMs)
    {
        uint index = Expectations.Find(in inKey, nowMs);
        if (index == FlowTable.None)
            return;
        _counters.Met++;
        if (Expectations[index].IsOnce != 0)
            End(index, nowMs);
    }

    private void End(uint index, long nowMs)
    {
        uint mappingIndex = Expectations[index].MappingIndex;
        uint userIndex = Expectations[index].UserIndex;
        Expectations.Remove(index);
        _shard.ReleaseMapping(mappingIndex, userIndex, nowMs);
    }
}
