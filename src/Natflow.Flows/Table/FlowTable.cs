using System.Runtime.CompilerServices;
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

    private readonly NativeArray<FlowRecord> _flows;
    private readonly NativeArray<FlowColdRecord> _cold;
    private readonly FlowRecord* _records;
    private readonly FlowHash _hash;
    private readonly NativeArray<FlowBucket> _bucketMemory;
    private BucketIndex _index;
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
        _flows = new NativeArray<FlowRecord>(capacity);
        _cold = new NativeArray<FlowColdRecord>(capacity);
        _bucketMemory = BucketIndex.Map(2L * capacity);
        _index = new BucketIndex(_bucketMemory, 2L * capacity);
        _records = _flows.Base;
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
    public void PrefetchBucket(uint hash) => _index.Prefetch(hash);

    /// <summary>
    /// Second pass: reads the bucket's tags and asks for the flow that the first hit names. The result is a guess;
    /// <see cref="FlowRecord.Matches"/> decides.
    /// </summary>
    /// <returns>A slot (flow index × 2 + side), or <see cref="None"/> when no tag of the first bucket fits.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The batch loop.
    public uint PrefetchCandidate(uint hash)
    {
        uint slot = _index.Guess(hash);
        if (slot != None && Sse.IsSupported)
            Sse.Prefetch0(_records + (slot >> 1));
        return slot;
    }

    /// <summary>Finds the flow of a key.</summary>
    /// <param name="key">The packet's key, side included.</param>
    /// <param name="hash">Its hash.</param>
    /// <returns>Flow index × 2 + side, or <see cref="None"/>.</returns>
    public uint Find(in FlowKey key, uint hash) => _index.Find(hash, new SideMatch(_records, in key));

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
        PrefetchFree();
        return index;
    }

    // The entry that the next flow takes: its lines come while this flow is opened.
    private void PrefetchFree()
    {
        uint next = _freeFlow != None ? _freeFlow : _nextFlow;
        if (next >= (uint)Capacity || !Sse.IsSupported)
            return;
        Sse.Prefetch0(_records + next);
        _cold.Prefetch(next);
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
    public bool TryIndex(uint hash, uint slot) => _index.TryAdd(hash, slot);

    /// <summary>Hash of a flow's key on one side.</summary>
    public uint HashOf(uint slot)
    {
        FlowKey key = (slot & 1) == 0 ? _records[slot >> 1].OutKey() : _records[slot >> 1].InKey();
        return _hash.Of(in key);
    }

    /// <summary>Takes one side of a flow out of the index. The flow's key fields must still be set.</summary>
    /// <param name="slot">Flow index × 2 + side.</param>
    public void Unindex(uint slot) => _index.Remove(HashOf(slot), slot);

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() => _flows.TryPopulate() & _cold.TryPopulate() & _bucketMemory.TryPopulate();

    /// <inheritdoc />
    public void Dispose()
    {
        _flows.Dispose();
        _cold.Dispose();
        _bucketMemory.Dispose();
    }

    // A slot is flow index × 2 + side.
    private readonly ref struct SideMatch(FlowRecord* records, ref readonly FlowKey key) : ISlotMatch
    {
        private readonly FlowRecord* _records = records;
        private readonly ref readonly FlowKey _key = ref key;

        [MethodImpl(MethodImplOptions.AggressiveInlining)] // In the lookup's loop.
        public bool IsAt(uint slot) => (slot & 1) == (uint)_key.Side && FlowRecord.Matches(ref _records[slot >> 1], in _key, slot & 1);
    }
}
