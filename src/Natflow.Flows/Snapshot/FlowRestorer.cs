using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Flows.Snapshot;

/// <summary>Takes flows of IPv4 over: with the port they had, and its mapping and block, or not at all.</summary>
internal sealed class FlowRestorer(ShardState shard, SnapshotReport report, long nowMs)
{
    private const FlowFlags Kept = FlowFlags.StartedOutside | FlowFlags.EndpointDependent | FlowFlags.Hairpin | FlowFlags.Keeper | FlowFlags.OneToOne;

    private readonly FlowOpener _opener = new(shard);
    private readonly MappingMaker _mappings = new(shard);

    /// <summary>Takes one.</summary>
    /// <param name="record">The flow.</param>
    /// <param name="insideBe">Its inside address now.</param>
    internal SnapshotRefusal Take(in SnapshotFlow record, uint insideBe)
    {
        long idleMs = record.IdleMs + report.AwayMs;
        if (!IsSound(in record))
            return SnapshotRefusal.Invalid;
        if (idleMs >= shard.TimeoutsMs[(int)record.State])
            return SnapshotRefusal.Expired;
        int addressIndex = shard.Pool.IndexOf(record.ExternalAddrBe);
        bool isHairpin = (record.Flags & FlowFlags.Hairpin) != FlowFlags.None;
        if (addressIndex < 0 || shard.IsWithdrawn(addressIndex) || isHairpin != (shard.Pool.IndexOf(record.RemoteAddrBe) >= 0))
            return SnapshotRefusal.NotConfigured;
        var flow = new FlowRecord
        {
            InsideAddrBe = insideBe,
            RemoteAddrBe = record.RemoteAddrBe,
            ExternalAddrBe = record.ExternalAddrBe,
            InsidePortBe = record.InsidePortBe,
            RemotePortBe = record.RemotePortBe,
            ExternalPortBe = record.ExternalPortBe,
            Zone = record.Zone,
            Protocol = record.Protocol,
            State = record.State,
            Flags = record.Flags & Kept,
            PathIndex = isHairpin ? PathTable.OfFlow(PathTable.None) : PathTable.PerPacket,
            BytesOut = record.BytesOut,
            BytesIn = record.BytesIn,
            PacketsOutLow = (uint)record.PacketsOut,
            PacketsInLow = (uint)record.PacketsIn,
        };
        SnapshotRefusal refusal = TryInsert(ref flow, addressIndex, out uint slot);
        if (refusal == SnapshotRefusal.None)
            Finish(slot, in record, idleMs);
        return refusal;
    }

    /// <summary>Whether protocol and state fit.</summary>
    internal static bool IsSound(in SnapshotFlow record) => record.Protocol switch
    {
        IpProtocol.Tcp => record.State is FlowState.TcpInsideInit or FlowState.TcpOutsideInit or FlowState.TcpEstablished or FlowState.TcpInsideFin
            or FlowState.TcpOutsideFin or FlowState.TcpBothFin or FlowState.TcpTransitory,
        IpProtocol.Udp => record.State is FlowState.UdpOneWay or FlowState.UdpSteady or FlowState.UdpShortOneWay or FlowState.UdpShortSteady,
        IpProtocol.Icmp => record.State is FlowState.IcmpOneWay or FlowState.IcmpAnswered && record.RemotePortBe == 0,
        _ => false,
    };

    private SnapshotRefusal TryInsert(ref FlowRecord flow, int addressIndex, out uint slot)
    {
        slot = FlowTable.None;
        FlowKey outKey = flow.OutKey();
        FlowKey inKey = flow.InKey();
        uint outHash = shard.Hash.Of(in outKey);
        if (shard.Flows.Find(in outKey, outHash) != FlowTable.None || shard.Flows.Find(in inKey, shard.Hash.Of(in inKey)) != FlowTable.None)
            return SnapshotRefusal.Taken;
        flow.UserIndex = shard.Users.Find(flow.InsideAddrBe, flow.Zone);
        if (flow.UserIndex == FlowTable.None)
            flow.UserIndex = shard.Users.Add(flow.InsideAddrBe, flow.Zone, nowMs);
        if (flow.UserIndex == FlowTable.None || shard.Flows.Count == shard.Flows.Capacity
            || shard.Users[flow.UserIndex].FlowCount >= (uint)shard.Settings.FlowsPerUserMax)
        {
            return SnapshotRefusal.Limit;
        }

        SnapshotRefusal refusal = TryClaim(in flow, in outKey, addressIndex, out uint mappingIndex);
        if (refusal != SnapshotRefusal.None)
            return refusal;
        return _opener.Insert(in flow, outHash, mappingIndex, nowMs, out slot) == DropReason.None ? SnapshotRefusal.None : SnapshotRefusal.Limit;
    }

    // What stands behind the external port: the address itself, a block whose ports are shared, a forward, or a mapping.
    private SnapshotRefusal TryClaim(in FlowRecord flow, in FlowKey outKey, int addressIndex, out uint mappingIndex)
    {
        mappingIndex = FlowTable.None;
        bool isOneToOne = (flow.Flags & FlowFlags.OneToOne) != FlowFlags.None;
        if (isOneToOne || shard.Pool.IsStatic(addressIndex))
        {
            bool isIts = isOneToOne && shard.Pool.StaticIndexOf(flow.InsideAddrBe, flow.Zone) == addressIndex && flow.ExternalPortBe == flow.InsidePortBe;
            return isIts ? SnapshotRefusal.None : SnapshotRefusal.NotConfigured;
        }

        if (shard.Pool.IsForward(flow.ExternalAddrBe, flow.ExternalPortBe, flow.Protocol))
            mappingIndex = shard.Mappings.FindExternal(flow.ExternalAddrBe, flow.ExternalPortBe, flow.Protocol);
        if (mappingIndex != FlowTable.None)
            return Fits(mappingIndex, in flow) ? SnapshotRefusal.None : SnapshotRefusal.NotConfigured;
        uint block = shard.Blocks.BlockOf(addressIndex, flow.ExternalPortBe);
        if (block == FlowTable.None)
            return SnapshotRefusal.NotConfigured;
        if ((flow.Flags & FlowFlags.EndpointDependent) != FlowFlags.None)
            return TryClaimShared(in flow, block);
        mappingIndex = shard.Mappings.Find(in outKey);
        if (mappingIndex != FlowTable.None)
            return Fits(mappingIndex, in flow) ? SnapshotRefusal.None : SnapshotRefusal.Taken;
        if (shard.Mappings.Count >= shard.Settings.FlowCapacity)
            return SnapshotRefusal.Limit;
        if (!_mappings.TryOwnBlock(flow.UserIndex, block, nowMs) || !shard.Blocks.TryTakeExact(block, flow.Protocol, flow.ExternalPortBe))
            return SnapshotRefusal.Taken;
        mappingIndex = _mappings.AddMapping(flow.UserIndex, in outKey, flow.ExternalAddrBe, flow.ExternalPortBe);
        return SnapshotRefusal.None;
    }

    private SnapshotRefusal TryClaimShared(in FlowRecord flow, uint block)
    {
        bool isIts = shard.Blocks.UserOf(block) == flow.UserIndex
            ? shard.Blocks.IsShared(block)
            : shard.Leases.TryRestore(flow.UserIndex, block, isShared: true) == SnapshotRefusal.None;
        if (!isIts)
            return SnapshotRefusal.Taken;
        shard.Blocks.CountSharedUse(block);
        return SnapshotRefusal.None;
    }

    private bool Fits(uint mappingIndex, in FlowRecord flow)
    {
        ref MappingRecord mapping = ref shard.Mappings[mappingIndex];
        return mapping.InsideAddrBe == flow.InsideAddrBe && mapping.InsidePortBe == flow.InsidePortBe && mapping.Zone == flow.Zone
            && mapping.ExternalAddrBe == flow.ExternalAddrBe && mapping.ExternalPortBe == flow.ExternalPortBe
            && mapping.FlowCount < shard.Settings.FlowsPerMappingMax;
    }

    // Of an unknown path, and not of its generation: the way is looked for at the flow's next packet.
    private void Finish(uint slot, in SnapshotFlow record, long idleMs)
    {
        uint index = slot >> 1;
        ref FlowRecord flow = ref shard.Flows.Flow(index);
        ref FlowColdRecord cold = ref shard.Flows.Cold(index);
        flow.LastSeenMs = (uint)(nowMs - idleMs);
        flow.PathGeneration = (ushort)(shard.Paths[flow.PathIndex].Generation - 1);
        cold.CreatedMs = nowMs - Math.Clamp(record.AgeMs, 0, uint.MaxValue * 1000L) - report.AwayMs;
        cold.PacketsOutHigh = (uint)(record.PacketsOut >> 32);
        cold.PacketsInHigh = (uint)(record.PacketsIn >> 32);
        shard.Wheel.Unschedule(index);
        shard.Schedule(index, nowMs - idleMs);
        shard.Alg.OnOpened(slot, nowMs);
        report.FlowCount++;
    }
}
