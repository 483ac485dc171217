using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Table;

/// <summary>
/// Fixed table of flows outside the managed heap: hot records, cold records, and an index of cache-line buckets that holds two keys a
/// flow, so that one lookup serves both directions. Full refuses; nothing is evicted.
/// </summary>
/// <remarks>One owner thread. Memory is not resident until flows use it. All indices are below <see cref="Capacity"/>.</remarks>
public sealed unsafe class FlowTable : IDisposable
{
    /// <summary>No flow, no mapping, no slot.</summary>
    public const uint None = uint.MaxValue;

    // 4.5 keys a bucket on average: with 8 slots about one key in a hundred overflows, at 28 bytes of index a flow.
    private const double KeysPerBucket = 4.5;
    private const int OverflowShare = 16;
    private const int HopsMax = 64;

    private readonly NativeArray<FlowRecord> _flows;
    private readonly NativeArray<FlowColdRecord> _cold;
    private readonly NativeArray<FlowBucket> _bucketMemory;
    private readonly FlowBucket* _buckets;
    private readonly FlowRecord* _records;
    private readonly FlowHash _hash;
    private readonly uint _bucketCount;
    private uint _freeOverflow;
    private uint _nextOverflow;
    private uint _freeFlow = None;
    private uint _nextFlow;

    /// <summary>Maps the table.</summary>
    /// <param name="capacity">Most flows, 1 to 2^28.</param>
    /// <param name="hash">The keyed hash that packets were hashed with.</param>
    public FlowTable(int capacity, FlowHash hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(capacity is > 0 and <= 1 << 28, true, nameof(capacity));
        Capacity = capacity;
        _hash = hash;
        _bucketCount = (uint)Math.Max(16, capacity * 2 / KeysPerBucket);
        _flows = new NativeArray<FlowRecord>(capacity);
        _cold = new NativeArray<FlowColdRecord>(capacity);
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
    public long LengthBytes => _flows.LengthBytes + _cold.LengthBytes + _bucketMemory.LengthBytes;

    /// <summary>Highest flow index ever used plus one: the bound for walks over all flows.</summary>
    public uint UsedIndexEnd => _nextFlow;

    /// <summary>The flow at an index; free entries have state <c>None</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address computation.
    public ref FlowRecord Flow(uint index) => ref _records[index];

    /// <summary>The cold half of a flow.</summary>
    public ref FlowColdRecord Cold(uint index) => ref _cold[index];

    /// <summary>Timer link of flow 0: the head of its cold half.</summary>
    internal TimerLink* TimerLinks => (TimerLink*)_cold.Base;

    /// <summary>First pass over a batch: asks for the bucket of a hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One multiplication and one prefetch.
    public void PrefetchBucket(uint hash)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_buckets + BucketOf(hash));
    }

    /// <summary>
    /// Second pass: reads the bucket's tags and asks for the flow that the first hit names. The result is a guess;
    /// <see cref="FlowRecord.Matches"/> decides.
    /// </summary>
    /// <returns>A slot (flow index × 2 + side), or <see cref="None"/> when no tag of the first bucket fits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The batch loop.
    public uint PrefetchCandidate(uint hash)
    {
        FlowBucket* bucket = _buckets + BucketOf(hash);
        uint hits = TagHits(bucket, TagOf(hash));
        if (hits == 0)
            return None;
        uint slot = bucket->Slots[BitOperations.TrailingZeroCount(hits)];
        if (Sse.IsSupported)
            Sse.Prefetch0(_records + (slot >> 1));
        return slot;
    }

    /// <summary>Finds the flow of a key.</summary>
    /// <param name="key">The packet's key, side included.</param>
    /// <param name="hash">Its hash.</param>
    /// <returns>Flow index × 2 + side, or <see cref="None"/>.</returns>
    public uint Find(in FlowKey key, uint hash)
    {
        ushort tag = TagOf(hash);
        uint side = (uint)key.Side;
        uint bucketIndex = BucketOf(hash);
        for (int hop = 0; hop < HopsMax; hop++)
        {
            FlowBucket* bucket = _buckets + bucketIndex;
            for (uint hits = TagHits(bucket, tag); hits != 0; hits &= hits - 1)
            {
                uint slot = bucket->Slots[BitOperations.TrailingZeroCount(hits)];
                if ((slot & 1) == side && FlowRecord.Matches(ref _records[slot >> 1], in key, side))
                    return slot;
            }

            bucketIndex = bucket->Overflow;
            if (bucketIndex == 0)
                break;
        }

        return None;
    }

    /// <summary>Takes a free entry; both halves are cleared. It is not indexed yet.</summary>
    /// <returns>Its index, or <see cref="None"/> when the table is full.</returns>
    public uint Allocate()
    {
        uint index = _freeFlow;
        if (index != None)
        {
            _freeFlow = _cold[index].Next;
        }
        else
        {
            if (_nextFlow == (uint)Capacity)
                return None;
            index = _nextFlow++;
        }

        _records[index] = default;
        _cold[index] = default;
        Count++;
        return index;
    }

    /// <summary>Gives an entry back. Its keys must not be indexed any more.</summary>
    public void Free(uint index)
    {
        _records[index].State = Conntrack.FlowState.None;
        _cold[index].Next = _freeFlow;
        _freeFlow = index;
        Count--;
    }

    /// <summary>Indexes one side of a flow.</summary>
    /// <param name="hash">Hash of that side's key.</param>
    /// <param name="slot">Flow index × 2 + side.</param>
    /// <returns>False when the bucket chain cannot grow: the caller treats the table as full.</returns>
    public bool TryIndex(uint hash, uint slot)
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
                bucket->Slots[position] = slot;
                return true;
            }

            if (bucket->Overflow == 0 && !TryExtend(bucket))
                return false;
            bucketIndex = bucket->Overflow;
        }

        return false;
    }

    /// <summary>Hash of a flow's key on one side.</summary>
    public uint HashOf(uint slot)
    {
        FlowKey key = (slot & 1) == 0 ? _records[slot >> 1].OutKey() : _records[slot >> 1].InKey();
        return _hash.Of(in key);
    }

    /// <summary>Takes one side of a flow out of the index. The flow's key fields must still be set.</summary>
    /// <param name="slot">Flow index × 2 + side.</param>
    public void Unindex(uint slot)
    {
        uint hash = HashOf(slot);
        ushort tag = TagOf(hash);
        FlowBucket* previous = null;
        uint bucketIndex = BucketOf(hash);
        for (int hop = 0; hop < HopsMax; hop++)
        {
            FlowBucket* bucket = _buckets + bucketIndex;
            for (uint hits = TagHits(bucket, tag); hits != 0; hits &= hits - 1)
            {
                int position = BitOperations.TrailingZeroCount(hits);
                if (bucket->Slots[position] != slot)
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

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() => _flows.TryPopulate() & _cold.TryPopulate() & _bucketMemory.TryPopulate();

    /// <inheritdoc />
    public void Dispose()
    {
        _flows.Dispose();
        _cold.Dispose();
        _bucketMemory.Dispose();
    }

    // The bucket comes from the hash's high bits by multiplication, so that the count need not be a power of two; the tag from its low bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One multiplication.
    private uint BucketOf(uint hash) => (uint)(((ulong)hash * _bucketCount) >> 32);

    // Tag 0 means free, so the lowest bit is always set.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One or.
    private static ushort TagOf(uint hash) => (ushort)(hash | 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two vector instructions: 8 tags in one compare.
    private static uint TagHits(FlowBucket* bucket, ushort tag) =>
        Vector128.Equals(Vector128.Load(bucket->Tags), Vector128.Create(tag)).ExtractMostSignificantBits();

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
