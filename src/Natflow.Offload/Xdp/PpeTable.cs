using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Natflow.Bpf;
using Natflow.Memory;
using Natflow.Offload.Model;

namespace Natflow.Offload.Xdp;

/// <summary>
/// The entries of one address family in mapped memory, and their writer. An entry lies in one of two buckets of sixteen; the tags of a bucket are half a cache
/// line elsewhere.
/// </summary>
/// <typeparam name="TSlot">The entry.</typeparam>
/// <remarks>One thread. What makes a reader on another CPU safe says <c>bpf/ppe_tables.h</c>.</remarks>
internal sealed unsafe class PpeTable<TSlot> : IDisposable
    where TSlot : unmanaged, IPpeSlot<TSlot>
{
    private const int LineBytes = 64;
    private const byte Free = 0;
    private const byte Bound = 1;
    private const byte Held = 2; // Unbound; a packet may still be under way.
    private const int FirstChoiceMin = PpeLayout.Ways / 2;
    private const int EarlyEighths = 3;

    private readonly BpfMapping _tagMemory;
    private readonly BpfMapping _slotMemory;
    private readonly BpfMapping _ownerMemory;
    private readonly NativeArray<byte> _states;
    private readonly ushort* _tags;
    private readonly TSlot* _slots;
    private readonly PpeLayout.Owner* _owners;
    private readonly PpeLayout.Config* _config;
    private readonly uint _mask;

    /// <summary>Takes the maps of a loaded program.</summary>
    /// <param name="program">With maps of <paramref name="bucketCount"/> buckets.</param>
    /// <param name="family">4 or 6.</param>
    /// <param name="bucketCount">A power of two.</param>
    /// <param name="capacity">Entries that it may hold.</param>
    /// <param name="config">The program's configuration, mapped; outlives the table.</param>
    internal PpeTable(BpfObject program, int family, int bucketCount, int capacity, PpeLayout.Config* config)
    {
        int slotCount = bucketCount * PpeLayout.Ways;
        _tagMemory = new BpfMapping(program.Map($"ppe_tags{family}"), (nuint)slotCount * sizeof(ushort));
        _slotMemory = new BpfMapping(program.Map($"ppe_entries{family}"), (nuint)slotCount * (nuint)sizeof(TSlot));
        _ownerMemory = new BpfMapping(program.Map($"ppe_owners{family}"), (nuint)slotCount * PpeLayout.Owner.SizeBytes);
        _states = new NativeArray<byte>(slotCount);
        _tags = (ushort*)_tagMemory.Base;
        _slots = (TSlot*)_slotMemory.Base;
        _owners = (PpeLayout.Owner*)_ownerMemory.Base;
        _config = config;
        _mask = (uint)bucketCount - 1;
        Capacity = capacity;
        SlotCount = slotCount;
        _tagMemory.Populate();
        _slotMemory.Populate();
        _ownerMemory.Populate();
        _ = _states.TryPopulate();
        Adopt();
    }

    /// <summary>Entries that it may hold.</summary>
    internal int Capacity { get; }

    /// <summary>Places for entries: more than <see cref="Capacity"/>.</summary>
    internal int SlotCount { get; }

    /// <summary>Entries that are bound, or unbound and not released.</summary>
    internal int Count { get; private set; }

    /// <summary>Buckets for a number of entries: filled to 90 % at most.</summary>
    internal static int BucketsFor(int capacity) => (int)BitOperations.RoundUpToPowerOf2((uint)(((capacity * 10L) / (9 * PpeLayout.Ways)) + 1));

    /// <summary>Fetches what a later bind of the entry reads, and what it writes if the entry's home is free.</summary>
    internal ulong Prepare(ref readonly FoeEntry entry)
    {
        ulong hash = TSlot.Hash(in _config->Key, in entry);
        uint first = PpeHash.First(hash) & _mask;
        if (Sse.IsSupported)
        {
            uint second = PpeHash.Second(hash) & _mask;
            Sse.Prefetch0(_tags + (first * PpeLayout.Ways));
            Sse.Prefetch0(_tags + (second * PpeLayout.Ways));
            Sse.Prefetch0(_states.Base + (second * PpeLayout.Ways));
            Fetch((first * PpeLayout.Ways) + PpeHash.Home(hash));
        }

        return hash;
    }

    /// <summary>Binds an entry.</summary>
    internal PpeResult Bind(ref readonly FoeEntry entry, ulong hash, uint nowUnits, out uint slot)
    {
        slot = 0;
        uint first = PpeHash.First(hash) & _mask;
        uint second = PpeHash.Second(hash) & _mask;
        ushort tag = PpeHash.Tag(hash);
        if (Holds(first, tag, in entry) || Holds(second, tag, in entry))
            return PpeResult.Duplicate;
        if (Count >= Capacity)
            return PpeResult.TableFull;
        if (!TryPlace(first, second, PpeHash.Home(hash), out slot))
            return PpeResult.BucketFull;
        Write(slot, tag, in entry, nowUnits);
        return PpeResult.Bound;
    }

    /// <summary>Whether a slot is held by an entry, bound or not.</summary>
    internal bool IsTaken(uint slot) => slot < (uint)SlotCount && _states[slot] != Free;

    /// <summary>Whether the program forwards by a slot.</summary>
    internal bool IsBound(uint slot) => _states[slot] == Bound && (Volatile.Read(ref TSlot.Action(ref _slots[slot]).Word) & PpeLayout.WordBound) != 0;

    /// <summary>The next packet is punted.</summary>
    internal void Unbind(uint slot)
    {
        if (_states[slot] != Bound)
            return;
        ref uint word = ref TSlot.Action(ref _slots[slot]).Word;
        Volatile.Write(ref word, word & ~PpeLayout.WordBound);
        Volatile.Write(ref _tags[slot], (ushort)0);
        _states[slot] = Held;
    }

    /// <summary>Gives an unbound slot back.</summary>
    internal void Release(uint slot)
    {
        if (_states[slot] != Held)
            return;
        _states[slot] = Free;
        Count--;
    }

    /// <summary>Fetches all of a slot.</summary>
    internal void Fetch(uint slot)
    {
        if (!Sse.IsSupported || slot >= (uint)SlotCount)
            return;
        // By addresses alone: a reference to a field is checked for null first, by a load that waits for the very line.
        byte* place = (byte*)(_slots + slot);
        for (int at = 0; at < sizeof(TSlot); at += LineBytes)
            Sse.Prefetch0(place + at);
        Sse.Prefetch0(_owners + slot);
        Sse.Prefetch0(_states.Base + slot);
    }

    /// <summary>
    /// What a slot counted since it was bound. Up to 2^28 packets and 2^36 bytes may lie between two readings, which is some seconds at 100 Gbit/s.
    /// </summary>
    internal FoeCounters ReadCounters(uint slot, uint nowUnits, uint nowMs)
    {
        ref PpeLayout.Counts counts = ref TSlot.Counts(ref _slots[slot]);
        ref PpeLayout.Owner owner = ref _owners[slot];
        ulong growth = Volatile.Read(ref counts.Traffic) - ((owner.Packets << PpeLayout.PacketShift) + owner.Bytes);
        owner.Packets += growth >> PpeLayout.PacketShift;
        owner.Bytes += growth & ((1UL << PpeLayout.PacketShift) - 1);
        int ageUnits = Math.Max((int)(nowUnits - Volatile.Read(ref counts.LastSeen)), 0);
        uint ageMs = (uint)(((ulong)ageUnits << PpeLayout.LastSeenShift) / 1_000_000);
        return new FoeCounters(owner.Packets, owner.Bytes, nowMs - ageMs);
    }

    /// <summary>What the last reading gave, by whichever gateway.</summary>
    internal FoeCounters LastRead(uint slot) => new(_owners[slot].Packets, _owners[slot].Bytes, 0);

    /// <summary>Reads an entry back.</summary>
    internal FoeEntry Read(uint slot)
    {
        var entry = default(FoeEntry);
        TSlot.Decode(in _slots[slot], ref entry);
        ref PpeLayout.Action action = ref TSlot.Action(ref _slots[slot]);
        entry.LinkIndex = action.LinkIndex;
        entry.LinkGeneration = action.LinkGeneration;
        entry.PolicyIndex = action.PolicyIndex;
        entry.PolicyGeneration = action.PolicyGeneration;
        entry.ShardIndex = action.Shard;
        entry.Rule = action.Rule;
        entry.IngressInterface = (int)_owners[slot].IngressInterface;
        entry.Cookie = _owners[slot].Cookie;
        return entry;
    }

    /// <summary>The first taken slot at or behind one, or -1.</summary>
    internal int NextTaken(int slot)
    {
        for (; slot < SlotCount; slot++)
        {
            if (_states[(uint)slot] != Free)
                return slot;
        }

        return -1;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _tagMemory.Dispose();
        _slotMemory.Dispose();
        _ownerMemory.Dispose();
        _states.Dispose();
    }

    // What an earlier gateway left: a slot whose word is odd is bound, whatever its tag says; a bind that was cut short has no odd word.
    private void Adopt()
    {
        for (int slot = 0; slot < SlotCount; slot++)
        {
            if ((TSlot.Action(ref _slots[slot]).Word & PpeLayout.WordBound) == 0)
            {
                if (_tags[slot] != 0)
                    _tags[slot] = 0;
                continue;
            }

            FoeEntry entry = Read((uint)slot);
            _tags[slot] = PpeHash.Tag(TSlot.Hash(in _config->Key, in entry));
            _states[(uint)slot] = Bound;
            Count++;
        }
    }

    private bool Holds(uint bucket, ushort tag, ref readonly FoeEntry entry)
    {
        uint base0 = bucket * PpeLayout.Ways;
        for (uint slot = base0; slot < base0 + PpeLayout.Ways; slot++)
        {
            if (_tags[slot] == tag && _states[slot] == Bound && TSlot.HasKey(in _slots[slot], in entry))
                return true;
        }

        return false;
    }

    // Early the first bucket while half of it is free, so that most lookups end there; later always the emptier one: at 90 % of the slots 0.9 % find both full.
    private bool TryPlace(uint first, uint second, uint home, out uint slot)
    {
        uint bucket = first;
        uint free = FreeIn(first);
        if (BitOperations.PopCount(free) < FirstChoiceMin || Count >= SlotCount / 8 * EarlyEighths)
        {
            uint other = FreeIn(second);
            if (BitOperations.PopCount(other) > BitOperations.PopCount(free))
                (bucket, free) = (second, other);
        }

        bool isHomeFree = bucket == first && (free >> (int)home & 1) != 0;
        slot = (bucket * PpeLayout.Ways) + (isHomeFree ? home : (uint)BitOperations.TrailingZeroCount(free));
        return free != 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A load and a comparison, inside one bucket.
    private uint FreeIn(uint bucket) =>
        Vector128.Equals(Vector128.Load(_states.Base + (bucket * PpeLayout.Ways)), Vector128<byte>.Zero).ExtractMostSignificantBits();

    private void Write(uint slot, ushort tag, ref readonly FoeEntry entry, uint nowUnits)
    {
        ref TSlot place = ref _slots[slot];
        ref PpeLayout.Action action = ref TSlot.Action(ref place);
        TSlot.Encode(ref place, in entry);
        action.LinkIndex = entry.LinkIndex;
        action.LinkGeneration = entry.LinkGeneration;
        action.PolicyIndex = entry.PolicyIndex;
        action.PolicyGeneration = entry.PolicyGeneration;
        action.Shard = (byte)entry.ShardIndex;
        action.Rule = entry.Rule;
        TSlot.Counts(ref place) = new PpeLayout.Counts { LastSeen = nowUnits };
        _owners[slot] = new PpeLayout.Owner { Cookie = entry.Cookie, IngressInterface = (uint)entry.IngressInterface };
        uint number = (action.Word >> PpeLayout.WordNumberShift) + 1;
        uint word = (number << PpeLayout.WordNumberShift) | ((_config->Generation & 0xFFFF) << PpeLayout.WordGenerationShift) | PpeLayout.WordBound;
        Volatile.Write(ref action.Word, word);
        Volatile.Write(ref _tags[slot], tag);
        _states[slot] = Bound;
        Count++;
    }
}
