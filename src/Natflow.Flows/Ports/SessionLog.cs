using System.Buffers.Binary;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows;

/// <summary>Begin and end of a shard's flows, in order, until somebody takes them. A full ring loses the new one and counts it: forwarding never waits for a log.</summary>
/// <remarks>Owner thread only. Nothing is allocated.</remarks>
public sealed class SessionLog : IDisposable
{
    private const int Capacity = 32768;

    private readonly ShardState _shard;
    private readonly NativeArray<NatEvent> _ring = new(Capacity);
    private uint _first;

    internal SessionLog(ShardState shard) => _shard = shard;

    /// <summary>Events that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Events that found the ring full.</summary>
    public ulong LostCount { get; private set; }

    /// <summary>Takes the oldest event.</summary>
    public bool TryTake(out NatEvent natEvent)
    {
        natEvent = default;
        if (Count == 0)
            return false;
        natEvent = _ring[_first];
        _first = (_first + 1) % Capacity;
        Count--;
        return true;
    }

    /// <inheritdoc />
    public void Dispose() => _ring.Dispose();

    internal void Add(NatEventKind kind, in FlowRecord flow, long nowMs)
    {
        if (Count == Capacity)
        {
            LostCount++;
            return;
        }

        UInt128 user = _shard.Ipv6.RoutedAddress(flow.InsideAddrBe);
        bool isEnd = kind == NatEventKind.SessionClosed;
        _ring[(_first + (uint)Count++) % Capacity] = new NatEvent
        {
            TimeMs = nowMs,
            UserHigh = (ulong)(user >> 64),
            UserLow = (ulong)user,
            BytesOut = isEnd ? flow.BytesOut : 0,
            BytesIn = isEnd ? flow.BytesIn : 0,
            PublicAddressBe = flow.ExternalAddrBe,
            RemoteAddressBe = flow.RemoteAddrBe,
            PublicPort = BinaryPrimitives.ReverseEndianness(flow.ExternalPortBe),
            InsidePort = BinaryPrimitives.ReverseEndianness(flow.InsidePortBe),
            RemotePort = BinaryPrimitives.ReverseEndianness(flow.RemotePortBe),
            Zone = flow.Zone,
            Protocol = flow.Protocol,
            Kind = kind,
        };
    }
}
