using System.Runtime.CompilerServices;
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

    private readonly NativeArray<Ipv6FlowRecord> _flows;
    private readonly Ipv6FlowRecord* _records;
    private readonly FlowHash _hash;
    private readonly NativeArray<FlowBucket> _bucketMemory;
    private BucketIndex _index;
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
        _flows = new NativeArray<Ipv6FlowRecord>(capacity);
        _bucketMemory = BucketIndex.Map(capacity);
        _index = new BucketIndex(_bucketMemory, capacity);
        _records = _flows.Base;
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
    internal void PrefetchBucket(uint hash) => _index.Prefetch(hash);

    /// <summary>Second pass: reads the bucket's tags and asks for both lines of the flow that the first hit names: a guess.</summary>
    /// <returns>A flow index, or <see cref="FlowTable.None"/> when no tag of the first bucket fits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The batch loop.
    internal uint PrefetchCandidate(uint hash)
    {
        uint index = _index.Guess(hash);
        if (index != None && Sse.IsSupported)
        {
            Sse.Prefetch0(_records + index);
            Sse.Prefetch0((byte*)(_records + index) + (Ipv6FlowRecord.SizeBytes / 2));
        }

        return index;
    }

    /// <summary>Finds the flow of a key.</summary>
    /// <returns>Flow index, or <see cref="FlowTable.None"/>.</returns>
    public uint Find(in Ipv6FlowKey key) => _index.Find(key.HashBy(_hash), new KeyMatch(_records, in key));

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
        if (!_index.TryAdd(hash, index))
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
        _index.Remove(_records[index].Key().HashBy(_hash), index);
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

    private readonly ref struct KeyMatch(Ipv6FlowRecord* records, ref readonly Ipv6FlowKey key) : ISlotMatch
    {
        private readonly Ipv6FlowRecord* _records = records;
        private readonly ref readonly Ipv6FlowKey _key = ref key;

        [MethodImpl(MethodImplOptions.AggressiveInlining)] // In the lookup's loop.
        public bool IsAt(uint slot) => _records[slot].Is(in _key);
    }
}
