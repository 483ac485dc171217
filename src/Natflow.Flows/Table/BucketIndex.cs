using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Natflow.Memory;

namespace Natflow.Flows.Table;

/// <summary>An index of cache-line buckets from hashes to slots, with chains of overflow buckets. What a slot means is its table's affair.</summary>
/// <remarks>Part of one table; copied never, for the copy would forget what it grew by. Owner thread only.</remarks>
internal unsafe struct BucketIndex
{
    // 4.5 keys a bucket on average: with 8 slots about one key in a hundred overflows, at 14 bytes of index a key.
    private const double KeysPerBucket = 4.5;
    private const int BucketsMin = 16;
    private const int OverflowMin = 64;
    private const int OverflowShare = 16;
    private const int HopsMax = 64;

    private readonly FlowBucket* _buckets;
    private readonly uint _bucketCount;
    private readonly uint _end;
    private uint _freeOverflow;
    private uint _nextOverflow;

    /// <summary>Takes empty buckets.</summary>
    /// <param name="memory">As <see cref="Map"/> gives it for as many keys; stays its owner's, and outlives this.</param>
    /// <param name="keyCount">Most keys.</param>
    internal BucketIndex(NativeArray<FlowBucket> memory, long keyCount)
    {
        _buckets = memory.Base;
        _bucketCount = BucketCount(keyCount);
        _end = (uint)memory.Length;
        _nextOverflow = _bucketCount;
    }

    /// <summary>Maps buckets for some keys.</summary>
    internal static NativeArray<FlowBucket> Map(long keyCount) =>
        new((int)(BucketCount(keyCount) + Math.Max(OverflowMin, BucketCount(keyCount) / OverflowShare)));

    /// <summary>Asks for the bucket of a hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One multiplication and one prefetch.
    internal readonly void Prefetch(uint hash)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_buckets + BucketOf(hash));
    }

    /// <summary>The slot of the first tag that fits: a guess; <see cref="FlowTable.None"/> when none fits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The batch loop.
    internal readonly uint Guess(uint hash)
    {
        FlowBucket* bucket = _buckets + BucketOf(hash);
        uint hits = TagHits(bucket, TagOf(hash));
        if (hits == 0)
            return bucket->Overflow == 0 ? FlowTable.None : GuessBehind(bucket, TagOf(hash));
        return bucket->Slots[BitOperations.TrailingZeroCount(hits)];
    }

    // One key in a hundred; left to the slow path it cost as much as five of the others.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly uint GuessBehind(FlowBucket* bucket, ushort tag)
    {
        for (int hop = 1; hop < HopsMax && bucket->Overflow != 0; hop++)
        {
            bucket = _buckets + bucket->Overflow;
            uint hits = TagHits(bucket, tag);
            if (hits != 0)
                return bucket->Slots[BitOperations.TrailingZeroCount(hits)];
        }

        return FlowTable.None;
    }

    /// <summary>Finds a slot.</summary>
    /// <param name="hash">Hash of its key.</param>
    /// <param name="match">Decides between slots whose tags fit.</param>
    /// <returns>The slot, or <see cref="FlowTable.None"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One caller a table.
    internal readonly uint Find<TMatch>(uint hash, TMatch match)
        where TMatch : struct, ISlotMatch, allows ref struct
    {
        ushort tag = TagOf(hash);
        uint bucketIndex = BucketOf(hash);
        for (int hop = 0; hop < HopsMax; hop++)
        {
            FlowBucket* bucket = _buckets + bucketIndex;
            for (uint hits = TagHits(bucket, tag); hits != 0; hits &= hits - 1)
            {
                uint slot = bucket->Slots[BitOperations.TrailingZeroCount(hits)];
                if (match.IsAt(slot))
                    return slot;
            }

            bucketIndex = bucket->Overflow;
            if (bucketIndex == 0)
                break;
        }

        return FlowTable.None;
    }

    /// <summary>Adds a slot; false when its chain cannot grow.</summary>
    internal bool TryAdd(uint hash, uint slot)
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

    /// <summary>Takes a slot out.</summary>
    internal void Remove(uint hash, uint slot)
    {
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

        Debug.Fail("an indexed slot is in its chain");
    }

    private static uint BucketCount(long keyCount) => (uint)Math.Max(BucketsMin, keyCount / KeysPerBucket);

    // The bucket comes from the hash's high bits by multiplication, so that the count need not be a power of two; the tag from its low bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One multiplication.
    private readonly uint BucketOf(uint hash) => (uint)(((ulong)hash * _bucketCount) >> 32);

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
            if (_nextOverflow == _end)
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
