using Natflow.Flows;
using Natflow.Flows.Shards;
using Natflow.Memory;

namespace Natflow.Gateway.Nat;

/// <summary>The way of a shard's translation events to the journal: a ring from the shard's worker to one reader. Full, events stay with the shard, whose own logs lose and count what does not fit.</summary>
public sealed class NatEventLink : IDisposable
{
    private const int Capacity = 16384;
    private const int BurstMax = 64;

    private readonly SpscRing<NatEvent> _ring = new(Capacity);
    private readonly NativeArray<NatEvent> _burst = new(BurstMax);
    private ulong _lostCount;

    internal NatEventLink(int shardIndex) => ShardIndex = shardIndex;

    /// <summary>The shard.</summary>
    public int ShardIndex { get; }

    /// <summary>Events that the shard's own logs had no room for. Any thread.</summary>
    public ulong LostCount => Volatile.Read(ref _lostCount);

    /// <summary>Takes events. One reader thread.</summary>
    /// <returns>How many were written.</returns>
    public int Take(Span<NatEvent> events) => _ring.Dequeue(events);

    /// <inheritdoc />
    public void Dispose()
    {
        _ring.Dispose();
        _burst.Dispose();
    }

    /// <summary>Moves what the shard has logged. The shard's worker; nothing is allocated.</summary>
    /// <returns>True when there was anything.</returns>
    internal bool Collect(ShardState shard)
    {
        Volatile.Write(ref _lostCount, shard.BlockLog.LostCount + (shard.SessionLog?.LostCount ?? 0));
        int room = Math.Min(BurstMax, Capacity - _ring.Count);
        int count = 0;
        while (count < room && shard.BlockLog.TryTake(out PortBlockEvent block))
            _burst[(uint)count++] = Of(shard, in block);
        while (count < room && shard.SessionLog is { } sessions && sessions.TryTake(out NatEvent session))
            _burst[(uint)count++] = session;
        _ring.Enqueue(_burst.Span[..count]);
        return count != 0;
    }

    private static NatEvent Of(ShardState shard, in PortBlockEvent block)
    {
        UInt128 user = block.UserAddressBe == 0 ? 0 : shard.Ipv6.RoutedAddress(block.UserAddressBe);
        return new NatEvent
        {
            TimeMs = block.TimeMs,
            UserHigh = (ulong)(user >> 64),
            UserLow = (ulong)user,
            PublicAddressBe = block.PublicAddressBe,
            PublicPort = block.FirstPort,
            PortCount = block.PortCount,
            Zone = block.Zone,
            Kind = (NatEventKind)block.Kind,
        };
    }
}
