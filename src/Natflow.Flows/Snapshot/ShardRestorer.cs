using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Pcp;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Flows.Snapshot;

/// <summary>Takes records over into a shard, each judged by the configuration of now: what does not fit is refused, and refused alone.</summary>
/// <remarks>Before the shard's worker starts.</remarks>
/// <param name="shard">The shard.</param>
/// <param name="report">Counts.</param>
/// <param name="nowMs">Shard clock, ms.</param>
/// <param name="standIns">Stand-ins of here by those of there; null begins with none.</param>
internal sealed class ShardRestorer(ShardState shard, SnapshotReport report, long nowMs, Dictionary<uint, uint>? standIns = null)
{
    private readonly Dictionary<uint, uint> _standIns = standIns ?? [];
    private readonly FlowRestorer _flows = new(shard, report, nowMs);
    private readonly Ipv6FlowRestorer _ipv6Flows = new(shard, report, nowMs);

    internal SnapshotRefusal Take(in SnapshotSubscriber record)
    {
        uint index = shard.Ipv6.Subscribers.FindOrAdd(record.Address, record.Zone, nowMs, out _);
        if (index == FlowTable.None)
            return SnapshotRefusal.Limit;
        _standIns[record.StandInBe] = shard.Ipv6.Subscribers.StandInBe(index);
        return SnapshotRefusal.None;
    }

    internal SnapshotRefusal Take(in SnapshotUser record)
    {
        if (!TryTranslate(record.AddressBe, out uint addressBe))
            return SnapshotRefusal.Invalid;
        uint userIndex = shard.Users.Find(addressBe, record.Zone);
        if (userIndex == FlowTable.None)
            userIndex = shard.Users.Add(addressBe, record.Zone, nowMs - Math.Clamp(record.IdleMs, 0, uint.MaxValue) - report.AwayMs);
        if (userIndex == FlowTable.None)
            return SnapshotRefusal.Limit;
        ref UserRecord user = ref shard.Users[userIndex];
        user.EndedBytesOut = record.EndedBytesOut;
        user.EndedBytesIn = record.EndedBytesIn;
        user.PolicyVerdict = record.PolicyVerdict == Verdict.Drop ? Verdict.Drop : Verdict.Forward;
        int addressIndex = record.PublicAddressBe == 0 ? -1 : shard.Pool.IndexOf(record.PublicAddressBe);
        if (addressIndex >= 0 && !shard.Pool.IsStatic(addressIndex) && !shard.IsWithdrawn(addressIndex))
            user.PublicAddressIndex = (short)addressIndex;
        report.UserCount++;
        return SnapshotRefusal.None;
    }

    internal SnapshotRefusal Take(in SnapshotBlock record)
    {
        int addressIndex = shard.Pool.IndexOf(record.PublicAddressBe);
        uint block = addressIndex < 0 ? FlowTable.None : shard.Blocks.BlockOf(addressIndex, BinaryPrimitives.ReverseEndianness(record.FirstPort));
        if (block == FlowTable.None || shard.Blocks.FirstPort(block) != record.FirstPort)
            return SnapshotRefusal.NotConfigured;
        SnapshotRefusal refusal = record.UserAddressBe == 0 ? Hold(block, record.HoldMs - report.AwayMs) : Lease(block, in record);
        if (refusal == SnapshotRefusal.None)
            report.BlockCount++;
        return refusal;
    }

    internal SnapshotRefusal Take(in SnapshotFlow record) => TryTranslate(record.InsideAddrBe, out uint insideBe)
        ? _flows.Take(in record, insideBe)
        : SnapshotRefusal.Invalid;

    /// <summary>Takes a flow whose inside address is one of here already.</summary>
    internal SnapshotRefusal TakeTranslated(in SnapshotFlow record) => _flows.Take(in record, record.InsideAddrBe);

    internal SnapshotRefusal Take(in SnapshotIpv6Flow record) => _ipv6Flows.Take(in record);

    internal SnapshotRefusal Take(in SnapshotStream record)
    {
        if (!TryTranslate(record.InsideAddrBe, out uint insideBe) || !record.Out.IsValid || !record.In.IsValid)
            return SnapshotRefusal.Invalid;
        var key = new FlowKey(insideBe, record.RemoteAddrBe, record.InsidePortBe, record.RemotePortBe, record.Zone, IpProtocol.Tcp, Side.Lan);
        uint slot = shard.Flows.Find(in key, shard.Hash.Of(in key));
        uint index = slot == FlowTable.None ? FlowTable.None : shard.Alg.Flows.Find(slot >> 1);
        if (index == FlowTable.None)
            return SnapshotRefusal.NotConfigured;
        ref AlgFlow stream = ref shard.Alg.Flows[index];
        stream.Out = record.Out;
        stream.In = record.In;
        return SnapshotRefusal.None;
    }

    internal SnapshotRefusal Take(in SnapshotLease record)
    {
        long remainingMs = (record.RemainingSeconds * 1000L) - report.AwayMs;
        if (shard.Pcp is not { } pcp)
            return SnapshotRefusal.NotConfigured;
        if (remainingMs <= 0)
            return SnapshotRefusal.Expired;
        if (record.Opcode is not (PcpOpcode.Map or PcpOpcode.Peer) || record.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return SnapshotRefusal.Invalid;
        PcpLease lease = record.ToLease((uint)(remainingMs / 1000));
        if (pcp.TryRestore(in lease, nowMs) != PcpResult.Success)
            return SnapshotRefusal.Taken;
        report.LeaseCount++;
        return SnapshotRefusal.None;
    }

    private SnapshotRefusal Hold(uint block, long remainingMs)
    {
        if (remainingMs <= 0)
            return SnapshotRefusal.Expired;
        return shard.Blocks.TryHold(block, nowMs + remainingMs) ? SnapshotRefusal.None : SnapshotRefusal.Taken;
    }

    private SnapshotRefusal Lease(uint block, in SnapshotBlock record)
    {
        if (!TryTranslate(record.UserAddressBe, out uint addressBe))
            return SnapshotRefusal.Invalid;
        uint userIndex = shard.Users.Find(addressBe, record.Zone);
        return userIndex == FlowTable.None ? SnapshotRefusal.Invalid : shard.Leases.TryRestore(userIndex, block, record.IsShared != 0);
    }

    // An IPv6 subscriber may stand in another place than before.
    internal bool TryTranslate(uint addressBe, out uint translatedBe)
    {
        translatedBe = addressBe;
        bool isStandIn = BinaryPrimitives.ReverseEndianness(addressBe) >> 28 == 0xF;
        return isStandIn ? _standIns.TryGetValue(addressBe, out translatedBe) : addressBe != 0;
    }
}
