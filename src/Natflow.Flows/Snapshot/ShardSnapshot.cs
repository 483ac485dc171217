using Natflow.Flows.Alg;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Pcp;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Flows.Users;

namespace Natflow.Flows.Snapshot;

/// <summary>Writes one shard, what others need first: subscribers, users, blocks, flows, leases.</summary>
internal sealed class ShardSnapshot(ShardState shard, SnapshotOutput output, long nowMs)
{
    private readonly int _index = shard.Settings.ShardIndex;

    internal void Write()
    {
        WriteSubscribers();
        WriteUsers();
        WriteBlocks();
        for (uint index = 0; index < shard.Flows.UsedIndexEnd; index++)
        {
            if (shard.Flows.Flow(index).State != FlowState.None && !IsRefused(isIpv6: false, index))
                WriteFlow(index);
        }

        for (uint index = 0; index < shard.Ipv6.Flows.UsedIndexEnd; index++)
        {
            if (shard.Ipv6.Flows.Flow(index).State != FlowState.None && !IsRefused(isIpv6: true, index))
                WriteIpv6Flow(in shard.Ipv6.Flows.Flow(index));
        }

        if (shard.Pcp is { } pcp)
            WriteLeases(pcp);
    }

    // The next gateway would not know of what host it is: as a new flow it is asked again.
    private bool IsRefused(bool isIpv6, uint flowIndex) => shard.Hosts is { } hosts && hosts.IsRefused(isIpv6, flowIndex);

    private void WriteSubscribers()
    {
        for (uint index = 0; index < shard.Ipv6.Subscribers.UsedIndexEnd; index++)
        {
            ref SubscriberRecord subscriber = ref shard.Ipv6.Subscribers[index];
            if (!subscriber.IsUsed || !shard.Ipv6.Subscribers.HasUser(index))
                continue;
            output.Add(SnapshotKind.Subscribers, _index, new SnapshotSubscriber
            {
                Address = subscriber.Address,
                StandInBe = shard.Ipv6.Subscribers.StandInBe(index),
                Zone = subscriber.Zone,
            });
        }
    }

    // Idle ones first, longest idle first: their list is in that order, and stays so.
    private void WriteUsers()
    {
        for (uint index = shard.Users.FirstIdle; index != FlowTable.None; index = shard.Users[index].IdleNext)
            WriteUser(in shard.Users[index], nowMs - shard.Users[index].IdleSinceMs);
        for (uint index = 0; index < shard.Users.UsedIndexEnd; index++)
        {
            if (shard.Users[index].AddressBe != 0 && shard.Users[index].FlowCount != 0)
                WriteUser(in shard.Users[index], idleMs: 0);
        }
    }

    private void WriteUser(in UserRecord user, long idleMs) => output.Add(SnapshotKind.Users, _index, RecordOf(shard, in user, idleMs));

    /// <summary>What is kept of a user.</summary>
    internal static SnapshotUser RecordOf(ShardState shard, in UserRecord user, long idleMs) => new()
    {
        AddressBe = user.AddressBe,
        Zone = user.Zone,
        PublicAddressBe = user.PublicAddressIndex >= 0 ? shard.Pool.AddressBe(user.PublicAddressIndex) : 0,
        PolicyVerdict = user.PolicyVerdict,
        EndedBytesOut = user.EndedBytesOut,
        EndedBytesIn = user.EndedBytesIn,
        IdleMs = idleMs,
    };

    // A subscriber's blocks from the last to the first, so that the first is put in front again.
    private void WriteBlocks()
    {
        var blocks = new Stack<uint>();
        for (uint index = 0; index < shard.Users.UsedIndexEnd; index++)
        {
            ref UserRecord user = ref shard.Users[index];
            if (user.AddressBe == 0)
                continue;
            for (uint block = user.FirstBlock; block != FlowTable.None; block = shard.Blocks.NextOfUser(block))
                blocks.Push(block);
            while (blocks.TryPop(out uint block))
                WriteBlock(block, user.AddressBe, user.Zone, holdMs: 0);
        }

        for (uint block = shard.Blocks.FirstHeld; block != FlowTable.None; block = shard.Blocks.NextOfUser(block))
            WriteBlock(block, userAddressBe: 0, zone: 0, Math.Max(0, shard.Blocks.HoldUntilMs(block) - nowMs));
    }

    private void WriteBlock(uint block, uint userAddressBe, ushort zone, long holdMs) => output.Add(SnapshotKind.Blocks, _index, new SnapshotBlock
    {
        PublicAddressBe = shard.Blocks.AddressBe(block),
        FirstPort = (ushort)shard.Blocks.FirstPort(block),
        UserAddressBe = userAddressBe,
        Zone = zone,
        HoldMs = (uint)holdMs,
        IsShared = shard.Blocks.IsShared(block) ? (byte)1 : (byte)0,
    });

    private void WriteFlow(uint index)
    {
        ref FlowRecord flow = ref shard.Flows.Flow(index);
        output.Add(SnapshotKind.Flows, _index, RecordOf(shard, index, nowMs));
        uint helped = (flow.Flags & FlowFlags.Helper) != FlowFlags.None ? shard.Alg.Flows.Find(index) : FlowTable.None;
        if (helped != FlowTable.None)
            WriteStream(in flow, in shard.Alg.Flows[helped]);
    }

    /// <summary>What is kept of a living flow.</summary>
    internal static SnapshotFlow RecordOf(ShardState shard, uint index, long nowMs)
    {
        ref FlowRecord flow = ref shard.Flows.Flow(index);
        ref FlowColdRecord cold = ref shard.Flows.Cold(index);
        return new SnapshotFlow
        {
            InsideAddrBe = flow.InsideAddrBe,
            RemoteAddrBe = flow.RemoteAddrBe,
            ExternalAddrBe = flow.ExternalAddrBe,
            InsidePortBe = flow.InsidePortBe,
            RemotePortBe = flow.RemotePortBe,
            ExternalPortBe = flow.ExternalPortBe,
            Zone = flow.Zone,
            Protocol = flow.Protocol,
            State = flow.State,
            Flags = flow.Flags,
            IdleMs = (uint)nowMs - flow.LastSeenMs,
            AgeMs = nowMs - cold.CreatedMs,
            BytesOut = flow.BytesOut,
            BytesIn = flow.BytesIn,
            PacketsOut = flow.PacketsOutLow | ((ulong)cold.PacketsOutHigh << 32),
            PacketsIn = flow.PacketsInLow | ((ulong)cold.PacketsInHigh << 32),
        };
    }

    private void WriteStream(in FlowRecord flow, in AlgFlow stream) => output.Add(SnapshotKind.Streams, _index, new SnapshotStream
    {
        InsideAddrBe = flow.InsideAddrBe,
        RemoteAddrBe = flow.RemoteAddrBe,
        InsidePortBe = flow.InsidePortBe,
        RemotePortBe = flow.RemotePortBe,
        Zone = flow.Zone,
        Out = stream.Out,
        In = stream.In,
    });

    private void WriteIpv6Flow(in Ipv6FlowRecord flow) => output.Add(SnapshotKind.Ipv6Flows, _index, RecordOf(shard, in flow, nowMs));

    /// <summary>What is kept of a living flow of IPv6.</summary>
    internal static SnapshotIpv6Flow RecordOf(ShardState shard, in Ipv6FlowRecord flow, long nowMs)
    {
        bool isMapped = flow.MappingIndex != FlowTable.None;
        return new SnapshotIpv6Flow
        {
            Inside = flow.Inside,
            Remote = flow.Remote,
            External = isMapped ? shard.Ipv6.Nat66!.AddressOf(in shard.Ipv6.Nat66[flow.MappingIndex]) : default,
            InsidePortBe = flow.InsidePortBe,
            RemotePortBe = flow.RemotePortBe,
            ExternalPortBe = isMapped ? shard.Ipv6.Nat66![flow.MappingIndex].ExternalPortBe : (ushort)0,
            Zone = flow.Zone,
            Protocol = flow.Protocol,
            State = flow.State,
            Flags = flow.Flags,
            IdleMs = (uint)nowMs - flow.LastSeenMs,
            AgeMs = nowMs - flow.CreatedMs,
            BytesOut = flow.BytesOut,
            BytesIn = flow.BytesIn,
            PacketsOut = flow.PacketsOut,
            PacketsIn = flow.PacketsIn,
        };
    }

    /// <summary>What is kept of a lease of port control.</summary>
    internal static SnapshotLease RecordOf(in PcpLease lease) => new()
    {
        NonceHigh = lease.Nonce.High,
        NonceLow = lease.Nonce.Low,
        RemainingSeconds = lease.RemainingSeconds,
        InsideAddrBe = lease.InsideAddrBe,
        ExternalAddrBe = lease.ExternalAddrBe,
        RemoteAddrBe = lease.RemoteAddrBe,
        InsidePortBe = lease.InsidePortBe,
        ExternalPortBe = lease.ExternalPortBe,
        RemotePortBe = lease.RemotePortBe,
        Zone = lease.Zone,
        Protocol = lease.Protocol,
        Opcode = lease.Opcode,
    };

    private void WriteLeases(PcpServer pcp)
    {
        uint cursor = 0;
        var page = new PcpLease[64];
        while (pcp.CopyLeases(ref cursor, nowMs, page) is > 0 and int count)
        {
            foreach (ref readonly PcpLease lease in page.AsSpan(0, count))
                output.Add(SnapshotKind.Leases, _index, RecordOf(in lease));
        }
    }
}
