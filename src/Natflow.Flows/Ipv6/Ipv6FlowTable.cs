using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Ipv6;

/// <summary>
/// Fixed table of IPv6 flows outside the managed heap. The same buckets as <see cref="FlowTable"/>, but one index entry a flow: both directions
/// have one key. Full refuses; nothing is evicted.
/// </summary>
/// <remarks>One owner thread. Memory is not resident until flows use it.</remarks>
public sealed unsafe class Ipv6FlowTable : IDisposable
{
    private const uint None = FlowTable.None;
    private const double KeysPerBucket = 4.5;
    private const int OverflowShare = 16;
    private const int HopsMax = 64;

    private readonly NativeArray<Ipv6FlowRecord> _flows;
    private readonly NativeArray<FlowBucket> _bucketMemory;
    private readonly FlowBucket* _buckets;
    private readonly Ipv6FlowRecord* _records;
    private readonly FlowHash _hash;
    private readonly uint _bucketCount;
    private uint _freeOverflow;
    private uint _nextOverflow;
    private uint _freeFlow = None;
    private uint _nextFlow;

    /// <summary>Maps the table.</summary>
    /// <param name="capacity">Most flows, 1 to 2^27.</param>
    /// <param name="hash">The keyed hash that packets were hashed with.</param>
    public Ipv6FlowTable(int capacity, FlowHash hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(capacity is > 0 and <= 1 << 27, true, nameof(capacity));
        Capacity = capacity;
        _hash = hash;
        _bucketCount = (uint)Math.Max(16, capacity / KeysPerBucket);
        _flows = new NativeArray<Ipv6FlowRecord>(capacity);
        _bucketMemory = new NativeArray<FlowBucket>((int)(_bucketCount + Math.Max(64, _bucketCount / OverflowShare)));
        _buckets = _bucketMemory.Base;
        _records = _flows.Base;
        _nextOverflow = _bucketCount;
    }

    /// <summary>Most flows the table holds.</summary>
    public int Capacity { get; }

    /// <summary>Flows in the table.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes reserved for records and index.</summary>
    public long LengthBytes => _flows.LengthBytes + _bucketMemory.LengthBytes;

    /// <summary>Highest flow index ever used plus one: the bound for walks over all flows.</summary>
    public uint UsedIndexEnd => _nextFlow;

    /// <summary>Timer link of flow 0.</summary>
    internal TimerLink* TimerLinks => &_records->TimerLink;

    /// <summary>The flow at an index; free entries have state <c>None</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address computation.
    public ref Ipv6FlowRecord Flow(uint index) => ref _records[index];

    /// <summary>First pass over a batch: asks for the bucket of a hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One multiplication and one prefetch.
    internal void PrefetchBucket(uint hash)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_buckets + BucketOf(hash));
    }

    /// <summary>Second pass: reads the bucket's tags and asks for both lines of the flow that the first hit names: a guess.</summary>
    /// <returns>A flow index, or <see cref="FlowTable.None"/> when no tag of the first bucket fits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The batch loop.
    internal uint PrefetchCandidate(uint hash)
    {
        FlowBucket* bucket = _buckets + BucketOf(hash);
        uint hits = TagHits(bucket, TagOf(hash));
        if (hits == 0)
            return None;
        uint index = bucket->Slots[BitOperations.TrailingZeroCount(hits)];
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(_records + index);
            Sse.Prefetch0((byte*)(_records + index) + (Ipv6FlowRecord.SizeBytes / 2));
        }

        return index;
    }

    /// <summary>Finds the flow of a key.</summary>
    /// <returns>Flow index, or <see cref="FlowTable.None"/>.</returns>
    public uint Find(in Ipv6FlowKey key)
    {
        uint hash = key.HashBy(_hash);
        ushort tag = TagOf(hash);
        uint bucketIndex = BucketOf(hash);
        for (int hop = 0; hop < HopsMax; hop++)
        {
            FlowBucket* bucket = _buckets + bucketIndex;
            for (uint hits = TagHits(bucket, tag); hits != 0; hits &= hits - 1)
            {
                uint index = bucket->Slots[BitOperations.TrailingZeroCount(hits)];
                if (_records[index].Is(in key))
                    return index;
            }

            bucketIndex = bucket->Overflow;
            if (bucketIndex == 0)
                break;
        }

        return None;
    }

    /// <summary>Adds a flow whose key fields are set and whose key is not in the table.</summary>
    /// <returns>Its index, or <see cref="FlowTable.None"/> when the table is full.</returns>
    public uint Add(in Ipv6FlowRecord flow)
    {
        uint index = _freeFlow;
        if (index == None && _nextFlow == (uint)Capacity)
            return None;
        uint hash = flow.Key().HashBy(_hash);
        if (index == None)
            index = _nextFlow;
        if (!TryIndex(hash, index))
            return None;
        if (index == _nextFlow)
            _nextFlow++;
        else
            _freeFlow = _records[index].TimerLink.Next;
        _records[index] = flow;
        Count++;
        return index;
    }

    /// <summary>Takes a flow out; it must be in no timer slot.</summary>
    public void Remove(uint index)
    {
        Unindex(index);
        _records[index].State = FlowState.None;
        _records[index].TimerLink.Next = _freeFlow;
        _freeFlow = index;
        Count--;
    }

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() => _flows.TryPopulate() & _bucketMemory.TryPopulate();

    /// <inheritdoc />
    public void Dispose()
    {
        _flows.Dispose();
        _bucketMemory.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One multiplication.
    private uint BucketOf(uint hash) => (uint)(((ulong)hash * _bucketCount) >> 32);

    // Tag 0 means free, so the lowest bit is always set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One or.
    private static ushort TagOf(uint hash) => (ushort)(hash | 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two vector instructions: 8 tags in one compare.
    private static uint TagHits(FlowBucket* bucket, ushort tag) =>
        Vector128.Equals(Vector128.Load(bucket->Tags), Vector128.Create(tag)).ExtractMostSignificantBits();

    private bool TryIndex(uint hash, uint index)
    {
        uint bucketIndex = BucketOf(hash);
        for (int hop = 0; hop < HopsMax; hop++)
        {
            FlowBucket* bucket = _buckets + bucketIndex;
            uint free = TagHits(bucket, 0);
            if (free != 0)
            {
                int position = BitOperations.TrailingZeroCount(free);
                bucket->Tags[position] = TagOf(hash);
                bucket->Slots[position] = index;
                return true;
            }

            if (bucket->Overflow == 0 && !TryExtend(bucket))
                return false;
            bucketIndex = bucket->Overflow;
        }

        return false;
    }

    private void Unindex(uint index)
    {
        uint hash = _records[index].Key().HashBy(_hash);
        ushort tag = TagOf(hash);
        FlowBucket* previous = null;
        uint bucketIndex = BucketOf(hash);
        for (int hop = 0; hop < HopsMax; hop++)
        {
            FlowBucket* bucket = _buckets + bucketIndex;
            for (uint hits = TagHits(bucket, tag); hits != 0; hits &= hits - 1)
            {
                int position = BitOperations.TrailingZeroCount(hits);
                if (bucket->Slots[position] != index)
                    continue;
                bucket->Tags[position] = 0;
                if (previous != null && TagHits(bucket, 0) == 0xFF)
                    Unlink(previous, bucketIndex);
                return;
            }

            if (bucket->Overflow == 0)
                break;
            previous = bucket;
            bucketIndex = bucket->Overflow;
        }

        Debug.Fail("an indexed flow is in its chain");
    }

    private bool TryExtend(FlowBucket* bucket)
    {
        uint fresh = _freeOverflow;
        if (fresh != 0)
        {
            _freeOverflow = _buckets[fresh].Overflow;
        }
        else
        {
            if (_nextOverflow == (uint)_bucketMemory.Length)
                return false;
            fresh = _nextOverflow++;
        }

        _buckets[fresh] = default;
        bucket->Overflow = fresh;
        return true;
    }

    private void Unlink(FlowBucket* previous, uint emptyIndex)
    {
        previous->Overflow = _buckets[emptyIndex].Overflow;
        _buckets[emptyIndex].Overflow = _freeOverflow;
        _freeOverflow = emptyIndex;
    }
}
