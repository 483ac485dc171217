using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Flows.Snapshot;

/// <summary>
/// Makes flows of what a PPE forwards whose gateway ended without a word: each with the port it had, judged by the configuration of now. What only the gateway
/// knew is lost: TCP options, helpers, the port blocks of flows that were not offloaded.
/// </summary>
/// <remarks>Before the shards' workers start.</remarks>
public sealed class FlowAdopter
{
    private readonly IReadOnlyList<ShardState> _shards;
    private readonly ShardRestorer[] _restorers;
    private readonly Ipv6ShardMap _ipv6;
    private readonly SnapshotReport _report = new();

    /// <summary>For the shards of a gateway.</summary>
    /// <param name="shards">All of them; fresh, or with a snapshot taken up.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    public FlowAdopter(IReadOnlyList<ShardState> shards, long nowMs)
    {
        _shards = shards;
        _restorers = [.. shards.Select(shard => new ShardRestorer(shard, _report, nowMs))];
        _ipv6 = new Ipv6ShardMap(shards[0].Settings);
    }

    /// <summary>
    /// Puts a subscriber of IPv4 into the place that it had, so that its policy record is the one that entries name. In the order of the places, and before anybody
    /// else is put anywhere.
    /// </summary>
    /// <param name="inside">IPv4 mapped.</param>
    /// <param name="zone">Its zone.</param>
    /// <param name="policyIndex">Number of its policy record in the gateway's table.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>False where it belongs to another shard now, or the place is taken: then its entries are void.</returns>
    public bool TryPlaceUser(Ipv6Address inside, ushort zone, uint policyIndex, long nowMs)
    {
        if (!MappedAddress.TryGetIPv4(inside.ToUInt128(), out uint address))
            return false;
        uint addressBe = BinaryPrimitives.ReverseEndianness(address);
        ShardState shard = _shards[_shards[0].Pool.ShardOfUser(addressBe, zone)];
        return shard.Users.Find(addressBe, zone) == FlowTable.None && shard.Users.TryAddAt(policyIndex - shard.Users.PolicyBase, addressBe, zone, nowMs);
    }

    /// <summary>Finds or makes a flow.</summary>
    /// <param name="flow">As the PPE has it.</param>
    /// <param name="place">Where it is, on <see cref="SnapshotRefusal.None"/>.</param>
    public SnapshotRefusal Adopt(in AdoptedFlow flow, out AdoptedPlace place) => MappedAddress.TryGetIPv4(flow.Inside.ToUInt128(), out _)
        ? AdoptIpv4(in flow, out place)
        : AdoptIpv6(in flow, out place);

    private SnapshotRefusal AdoptIpv4(in AdoptedFlow flow, out AdoptedPlace place)
    {
        place = default;
        uint insideBe = Ipv4Be(flow.Inside);
        int shardIndex = _shards[0].Pool.ShardOfUser(insideBe, flow.Zone);
        ShardState shard = _shards[shardIndex];
        var key = new FlowKey(insideBe, Ipv4Be(flow.Remote), flow.InsidePortBe, flow.RemotePortBe, flow.Zone, flow.Protocol, Side.Lan);
        uint hash = shard.Hash.Of(in key);
        uint slot = shard.Flows.Find(in key, hash);
        if (slot != FlowTable.None)
        {
            place = new AdoptedPlace(shardIndex, IsIpv6: false, slot >> 1, WasKnown: true);
            ref FlowRecord known = ref shard.Flows.Flow(slot >> 1);
            return known.ExternalAddrBe == Ipv4Be(flow.External) && known.ExternalPortBe == flow.ExternalPortBe ? SnapshotRefusal.None : SnapshotRefusal.Taken;
        }

        SnapshotFlow record = RecordOf(shard, in flow, in key);
        SnapshotRefusal refusal = _restorers[shardIndex].Take(in record);
        if (refusal == SnapshotRefusal.None)
            place = new AdoptedPlace(shardIndex, IsIpv6: false, shard.Flows.Find(in key, hash) >> 1, WasKnown: false);
        return refusal;
    }

    private SnapshotRefusal AdoptIpv6(in AdoptedFlow flow, out AdoptedPlace place)
    {
        place = default;
        Ipv6Address inside = flow.Inside;
        int shardIndex = _ipv6.OfInside(in inside);
        ShardState shard = _shards[shardIndex];
        var key = new Ipv6FlowKey(flow.Inside, flow.Remote, flow.InsidePortBe, flow.RemotePortBe, flow.Zone, flow.Protocol, Side.Lan);
        uint index = shard.Ipv6.Flows.Find(in key);
        bool wasKnown = index != FlowTable.None;
        SnapshotIpv6Flow record = Ipv6RecordOf(shard, in flow);
        SnapshotRefusal refusal = wasKnown ? SnapshotRefusal.None : _restorers[shardIndex].Take(in record);
        if (refusal != SnapshotRefusal.None)
            return refusal;
        index = shard.Ipv6.Flows.Find(in key);
        bool isSame = shard.Ipv6.TryFindExternal(ref shard.Ipv6.Flows.Flow(index), out Ipv6Address external, out ushort portBe)
            && external == flow.External && portBe == flow.ExternalPortBe;
        place = new AdoptedPlace(shardIndex, IsIpv6: true, index, wasKnown);
        return isSame ? SnapshotRefusal.None : SnapshotRefusal.NotConfigured;
    }

    private static SnapshotFlow RecordOf(ShardState shard, in AdoptedFlow flow, in FlowKey key)
    {
        uint externalBe = Ipv4Be(flow.External);
        int addressIndex = shard.Pool.IndexOf(externalBe);
        bool isForward = shard.Pool.IsForward(externalBe, flow.ExternalPortBe, flow.Protocol);
        bool isOneToOne = addressIndex >= 0 && shard.Pool.IsStatic(addressIndex);
        FlowFlags flags = FlowFlags.Keeper | (shard.Pool.IndexOf(key.DstAddrBe) >= 0 ? FlowFlags.Hairpin : FlowFlags.None);
        flags |= isOneToOne ? FlowFlags.OneToOne : isForward ? FlowFlags.StartedOutside
            : shard.IsEndpointDependent(in key) ? FlowFlags.EndpointDependent : FlowFlags.None;
        return new SnapshotFlow
        {
            BytesOut = flow.BytesOut,
            BytesIn = flow.BytesIn,
            PacketsOut = flow.PacketsOut,
            PacketsIn = flow.PacketsIn,
            IdleMs = flow.IdleMs,
            InsideAddrBe = key.SrcAddrBe,
            RemoteAddrBe = key.DstAddrBe,
            ExternalAddrBe = externalBe,
            InsidePortBe = flow.InsidePortBe,
            RemotePortBe = flow.RemotePortBe,
            ExternalPortBe = flow.ExternalPortBe,
            Zone = flow.Zone,
            Protocol = flow.Protocol,
            State = StateOf(shard, in flow),
            Flags = flags,
        };
    }

    private static SnapshotIpv6Flow Ipv6RecordOf(ShardState shard, in AdoptedFlow flow) => new()
    {
        Inside = flow.Inside,
        Remote = flow.Remote,
        External = shard.Ipv6.Nat66 is null ? default : flow.External,
        BytesOut = flow.BytesOut,
        BytesIn = flow.BytesIn,
        PacketsOut = flow.PacketsOut,
        PacketsIn = flow.PacketsIn,
        IdleMs = flow.IdleMs,
        InsidePortBe = flow.InsidePortBe,
        RemotePortBe = flow.RemotePortBe,
        ExternalPortBe = flow.ExternalPortBe,
        Zone = flow.Zone,
        Protocol = flow.Protocol,
        State = StateOf(shard, in flow),
    };

    // What was offloaded was established; of a datagram flow the counters say which way.
    private static FlowState StateOf(ShardState shard, in AdoptedFlow flow)
    {
        if (flow.Protocol == IpProtocol.Tcp)
            return FlowState.TcpEstablished;
        bool isAnswered = flow.PacketsOut != 0 && flow.PacketsIn != 0;
        return shard.HasShortTimer(flow.RemotePortBe)
            ? isAnswered ? FlowState.UdpShortSteady : FlowState.UdpShortOneWay
            : isAnswered ? FlowState.UdpSteady : FlowState.UdpOneWay;
    }

    private static uint Ipv4Be(Ipv6Address mapped) => BinaryPrimitives.ReverseEndianness((uint)mapped.ToUInt128());
}
