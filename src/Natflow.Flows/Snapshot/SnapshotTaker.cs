using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;

namespace Natflow.Flows.Snapshot;

/// <summary>Brings each record of a snapshot to the shard that owns it now: where the number of shards is another, that is not the one it came from.</summary>
internal sealed class SnapshotTaker
{
    private const byte StandInFirst = 0xF0; // 240.0.0.0/4 in the address's first byte.

    private readonly ShardRestorer[] _restorers;
    private readonly PublicPool _pool;
    private readonly Ipv6ShardMap _ipv6;
    private readonly SnapshotReport _report;
    private readonly bool _isSameSplit;

    internal SnapshotTaker(IReadOnlyList<ShardState> shards, SnapshotReport report, long nowMs, in SnapshotHeader header)
    {
        _restorers = [.. shards.Select(shard => new ShardRestorer(shard, report, nowMs))];
        _pool = shards[0].Pool;
        _ipv6 = new Ipv6ShardMap(shards[0].Settings);
        _report = report;
        _isSameSplit = header.ShardCount == shards.Count && header.Seed == shards[0].Settings.Seed;
    }

    /// <summary>Takes the records of a frame, or counts why not.</summary>
    internal void Take(in SnapshotFrame frame, ReadOnlySpan<byte> payload)
    {
        switch (frame.Kind)
        {
            case SnapshotKind.Subscribers:
                foreach (ref readonly SnapshotSubscriber record in MemoryMarshal.Cast<byte, SnapshotSubscriber>(payload))
                    Count(Owner(record.Address)?.Take(in record));
                break;
            case SnapshotKind.Users:
                foreach (ref readonly SnapshotUser record in MemoryMarshal.Cast<byte, SnapshotUser>(payload))
                    Count(Owner(record.AddressBe, record.Zone, frame.ShardIndex)?.Take(in record));
                break;
            case SnapshotKind.Blocks:
                foreach (ref readonly SnapshotBlock record in MemoryMarshal.Cast<byte, SnapshotBlock>(payload))
                    Count(Owner(in record, frame.ShardIndex)?.Take(in record));
                break;
            case SnapshotKind.Flows:
                foreach (ref readonly SnapshotFlow record in MemoryMarshal.Cast<byte, SnapshotFlow>(payload))
                    Count(Owner(record.InsideAddrBe, record.Zone, frame.ShardIndex)?.Take(in record));
                break;
            case SnapshotKind.Streams:
                foreach (ref readonly SnapshotStream record in MemoryMarshal.Cast<byte, SnapshotStream>(payload))
                    Count(Owner(record.InsideAddrBe, record.Zone, frame.ShardIndex)?.Take(in record));
                break;
            case SnapshotKind.Ipv6Flows:
                foreach (ref readonly SnapshotIpv6Flow record in MemoryMarshal.Cast<byte, SnapshotIpv6Flow>(payload))
                    Count(Owner(record.Inside)?.Take(in record));
                break;
            case SnapshotKind.Leases:
                foreach (ref readonly SnapshotLease record in MemoryMarshal.Cast<byte, SnapshotLease>(payload))
                    Count(Owner(record.InsideAddrBe, record.Zone, frame.ShardIndex)?.Take(in record));
                break;
        }
    }

    // A record without an owner is of another split.
    private void Count(SnapshotRefusal? refusal)
    {
        SnapshotRefusal reason = refusal ?? SnapshotRefusal.OtherShard;
        if (reason != SnapshotRefusal.None)
            _report.Refuse(reason);
    }

    private ShardRestorer? Owner(in Ipv6Address address) => _restorers[_ipv6.OfInside(in address)];

    // A stand-in address means something to its own shard alone.
    private ShardRestorer? Owner(uint addressBe, ushort zone, int shardIndex)
    {
        bool isStandIn = (byte)addressBe >= StandInFirst;
        if (isStandIn)
            return _isSameSplit && shardIndex < _restorers.Length ? _restorers[shardIndex] : null;
        return _restorers[_pool.ShardOfUser(addressBe, zone)];
    }

    private ShardRestorer? Owner(in SnapshotBlock block, int shardIndex) => block.UserAddressBe != 0
        ? Owner(block.UserAddressBe, block.Zone, shardIndex)
        : _restorers[_pool.ShardOfExternal(block.PublicAddressBe, BinaryPrimitives.ReverseEndianness(block.FirstPort), protocol: 0)];
}
