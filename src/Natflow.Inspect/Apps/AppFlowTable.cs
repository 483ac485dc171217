using System.Numerics;
using System.Runtime.InteropServices;

using Natflow.Core;
using Natflow.Inspect.Observe;
using Natflow.Memory;

namespace Natflow.Inspect.Apps;

/// <summary>Classifications of flows by their ends, for callers that have no flow table of their own. Off the managed heap; full refuses. One owner thread.</summary>
public sealed class AppFlowTable : IDisposable
{
    /// <summary>No flow.</summary>
    public const int None = -1;

    private readonly NativeArray<Entry> _entries;
    private readonly NativeArray<int> _buckets;
    private readonly FlowHash _hash;
    private readonly uint _mask;

    /// <summary>An empty table.</summary>
    /// <param name="capacity">Flows it holds.</param>
    /// <param name="seed">Of the keyed hash.</param>
    public AppFlowTable(int capacity, ulong seed)
    {
        _entries = new NativeArray<Entry>(capacity);
        _buckets = new NativeArray<int>((int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        _mask = (uint)_buckets.Length - 1;
        _hash = new FlowHash(seed);
    }

    /// <summary>Flows in it.</summary>
    public int Count { get; private set; }

    /// <summary>Flows for which there was no room.</summary>
    public ulong Refused { get; private set; }

    /// <summary>Ends of a flow, who began it first.</summary>
    public FlowEnds EndsOf(int index) => _entries[(uint)index].Ends;

    /// <summary>A flow's classification.</summary>
    public ref AppFlow FlowOf(int index) => ref _entries[(uint)index].Flow;

    /// <summary>Finds a flow, or adds it as begun by the sender.</summary>
    /// <param name="ends">Sender first.</param>
    /// <param name="isReply">The sender is the end that did not begin the flow.</param>
    /// <param name="isNew">It was added.</param>
    /// <returns>Its index; <see cref="None"/> when it is new and the table is full.</returns>
    public int FindOrAdd(in FlowEnds ends, out bool isReply, out bool isNew)
    {
        isNew = false;
        ref int bucket = ref _buckets[HashOf(in ends) & _mask];
        int index = Find(bucket - 1, in ends, out isReply);
        if (index != None)
            return index;
        if (Count == _entries.Length)
        {
            Refused++;
            return None;
        }

        isNew = true;
        index = Count++;
        _entries[(uint)index] = new Entry { Ends = ends, Next = bucket };
        bucket = index + 1; // 0 is an empty bucket.
        return index;
    }

    /// <summary>Finds a flow.</summary>
    /// <param name="ends">Its ends in either order.</param>
    /// <returns>Its index, or <see cref="None"/>.</returns>
    public int Find(in FlowEnds ends) => Find(_buckets[HashOf(in ends) & _mask] - 1, in ends, out _);

    /// <inheritdoc />
    public void Dispose()
    {
        _entries.Dispose();
        _buckets.Dispose();
    }

    private int Find(int index, in FlowEnds ends, out bool isReply)
    {
        FlowEnds reversed = ends.Reversed;
        for (; index != None; index = _entries[(uint)index].Next - 1)
        {
            ref Entry entry = ref _entries[(uint)index];
            isReply = entry.Ends == reversed && entry.Ends != ends;
            if (isReply || entry.Ends == ends)
                return index;
        }

        isReply = false;
        return None;
    }

    // Ends in the order of their numbers, so that both directions have one hash.
    private uint HashOf(in FlowEnds ends)
    {
        FlowEnds ordered = FlowDirectory.IsCanonical(in ends) ? ends : ends.Reversed;
        ulong ports = ((ulong)ordered.ClientPort << 32) | ((ulong)ordered.ServerPort << 16) | ordered.Protocol;
        return _hash.OfIpv6(ordered.Client, ordered.Server, ports ^ ((ulong)ordered.Zone << 48));
    }

    [StructLayout(LayoutKind.Sequential, Pack = 8, Size = 80)]
    private struct Entry
    {
        internal FlowEnds Ends;
        internal AppFlow Flow;
        internal int Next;
    }
}
