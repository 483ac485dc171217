using Natflow.Memory;

namespace Natflow.Flows;

/// <summary>The latest events of a shard's port blocks, in order, until somebody takes them. A full ring loses the new one and counts it: forwarding never waits for a log.</summary>
/// <remarks>Owner thread only; others get the events by message. Nothing is allocated.</remarks>
public sealed class PortBlockLog : IDisposable
{
    private const int Capacity = 4096;

    private readonly NativeArray<PortBlockEvent> _ring = new(Capacity);
    private uint _first;

    /// <summary>Events that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Events that found the ring full.</summary>
    public ulong LostCount { get; private set; }

    /// <summary>Takes the oldest event.</summary>
    public bool TryTake(out PortBlockEvent blockEvent)
    {
        blockEvent = default;
        if (Count == 0)
            return false;
        blockEvent = _ring[_first];
        _first = (_first + 1) % Capacity;
        Count--;
        return true;
    }

    /// <inheritdoc />
    public void Dispose() => _ring.Dispose();

    internal void Add(in PortBlockEvent blockEvent)
    {
        if (Count == Capacity)
        {
            LostCount++;
            return;
        }

        _ring[(_first + (uint)Count++) % Capacity] = blockEvent;
    }
}
