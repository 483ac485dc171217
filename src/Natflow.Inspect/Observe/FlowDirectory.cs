using System.Numerics;

using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Inspect.Observe;

/// <summary>Flows under inspection by their ends, in the order of their last use. Fixed capacity, off the heap. One owner thread.</summary>
internal sealed class FlowDirectory : IDisposable
{
    /// <summary>No context.</summary>
    internal const int None = 0;

    private readonly NativeArray<FlowContext> _contexts;
    private readonly NativeArray<int> _buckets;
    private readonly uint _mask;
    private readonly FlowHash _hash;
    private int _free = None;
    private int _untouched = 1; // Context 0 is the head of the ring of use.

    /// <summary>Reserves room.</summary>
    internal FlowDirectory(int capacity, FlowHash hash)
    {
        _contexts = new NativeArray<FlowContext>(capacity + 1);
        _buckets = new NativeArray<int>((int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        _mask = (uint)_buckets.Length - 1;
        _hash = hash;
    }

    /// <summary>Contexts in use.</summary>
    internal int Count { get; private set; }

    /// <summary>There is no free context.</summary>
    internal bool IsFull => _free == None && _untouched == _contexts.Length;

    /// <summary>The context unused longest, or <see cref="None"/>.</summary>
    internal int Oldest => _contexts[None].Newer;

    /// <summary>The context that holds pages longest, or <see cref="None"/>.</summary>
    internal int FirstHolder => _contexts[None].HoldsAfter;

    /// <summary>A context by index.</summary>
    internal ref FlowContext this[int index] => ref _contexts[(uint)index];

    /// <summary>Whether ends are in the order in which they are kept.</summary>
    internal static bool IsCanonical(in FlowEnds ends)
    {
        if (ends.Client.HighBe != ends.Server.HighBe) return ends.Client.HighBe < ends.Server.HighBe;
        if (ends.Client.LowBe != ends.Server.LowBe) return ends.Client.LowBe < ends.Server.LowBe;
        return ends.ClientPort <= ends.ServerPort;
    }

    /// <summary>Finds a flow and marks it as used.</summary>
    /// <param name="canonical">Its ends, in canonical order.</param>
    /// <param name="hash">The hash of the ends, for <see cref="Add"/>.</param>
    /// <returns>Its index, or <see cref="None"/>.</returns>
    internal int Find(in FlowEnds canonical, out uint hash)
    {
        ulong ports = ((ulong)canonical.ClientPort << 32) | ((ulong)canonical.ServerPort << 16) | canonical.Protocol | ((ulong)canonical.Zone << 48);
        hash = _hash.OfIpv6(canonical.Client, canonical.Server, ports);
        for (int index = _buckets[hash & _mask]; index != None; index = _contexts[(uint)index].Next)
        {
            ref FlowContext context = ref _contexts[(uint)index];
            if (context.Hash != hash || context.Ends != canonical) continue;
            if (_contexts[None].Older != index)
            {
                Unlink(ref context);
                LinkNewest(index, ref context);
            }

            return index;
        }

        return None;
    }

    /// <summary>Adds a flow that is not there. Not when <see cref="IsFull"/>.</summary>
    internal int Add(in FlowEnds canonical, uint hash)
    {
        int index = _free != None ? _free : _untouched++;
        ref FlowContext context = ref _contexts[(uint)index];
        if (_free != None) _free = context.Next;
        context = default;
        context.Ends = canonical;
        context.Hash = hash;
        ref int bucket = ref _buckets[hash & _mask];
        context.Next = bucket;
        bucket = index;
        LinkNewest(index, ref context);
        Count++;
        return index;
    }

    /// <summary>Removes a flow, which holds no pages any more.</summary>
    internal void Remove(int index)
    {
        ref FlowContext context = ref _contexts[(uint)index];
        ref int link = ref _buckets[context.Hash & _mask];
        while (link != index)
            link = ref _contexts[(uint)link].Next;
        link = context.Next;
        Unlink(ref context);
        context.Next = _free;
        _free = index;
        Count--;
    }

    /// <summary>Notes whether a context holds pages, as it says itself.</summary>
    internal void NoteHolding(int index)
    {
        ref FlowContext context = ref _contexts[(uint)index];
        bool hasPages = context.HasPages;
        if (hasPages == context.IsHolding) return;
        context.IsHolding = hasPages;
        if (!hasPages)
        {
            _contexts[(uint)context.HoldsBefore].HoldsAfter = context.HoldsAfter;
            _contexts[(uint)context.HoldsAfter].HoldsBefore = context.HoldsBefore;
            return;
        }

        ref FlowContext ring = ref _contexts[None];
        context.HoldsBefore = ring.HoldsBefore;
        context.HoldsAfter = None;
        _contexts[(uint)ring.HoldsBefore].HoldsAfter = index;
        ring.HoldsBefore = index;
    }

    public void Dispose()
    {
        _contexts.Dispose();
        _buckets.Dispose();
    }

    private void Unlink(ref FlowContext context)
    {
        _contexts[(uint)context.Older].Newer = context.Newer;
        _contexts[(uint)context.Newer].Older = context.Older;
    }

    private void LinkNewest(int index, ref FlowContext context)
    {
        ref FlowContext ring = ref _contexts[None];
        context.Older = ring.Older;
        context.Newer = None;
        _contexts[(uint)ring.Older].Newer = index;
        ring.Older = index;
    }
}
