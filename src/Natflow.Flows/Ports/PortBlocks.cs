using System.Buffers.Binary;
using System.Numerics;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows;

/// <summary>
/// This shard's port blocks: which subscriber holds which (RFC 6888 REQ-14, RFC 7422), and which ports of a block are taken.
/// </summary>
/// <remarks>
/// Owner thread only. A block is free, held by a user, or on hold after its release; a block on hold goes to nobody for
/// <see cref="NatSettings.PortBlockHold"/> (RFC 6888 REQ-8). Block numbers are local: address index × blocks of this shard + position.
/// </remarks>
public sealed class PortBlocks : IDisposable
{
    private readonly NativeArray<PortBlockRecord> _blocks;
    private readonly NativeArray<ulong> _taken;
    private readonly NativeArray<uint> _freeBlocks;
    private readonly int[] _freeCounts;
    private readonly PublicPool _pool;
    private NatSettings _settings;
    private readonly int _blockShift;
    private readonly int _wordsPerPlane;
    private readonly uint _firstBlockNumber;
    private readonly uint _stride;
    private long _holdMs;
    private uint _holdHead = FlowTable.None;
    private uint _holdTail = FlowTable.None;
    private ulong _random;
    private ulong _draw;

    /// <summary>Maps the blocks of one shard, all free, in random order.</summary>
    public PortBlocks(NatSettings settings, PublicPool pool)
    {
        _settings = settings;
        _pool = pool;
        _blockShift = BitOperations.Log2((uint)settings.PortBlockSize);
        _wordsPerPlane = settings.PortBlockSize / 64;
        uint first = FirstBlock(settings);
        // By calculation a subscriber's shard follows from the port, not the block's number from the shard: each shard knows all blocks, and uses its subscribers'.
        _stride = pool.Plan != null ? 1 : (uint)settings.ShardCount;
        uint phase = pool.Plan != null ? 0 : (uint)settings.ShardIndex;
        _firstBlockNumber = first + ((phase + _stride - (first % _stride)) % _stride);
        BlocksPerAddressHere = (int)((LastBlock(settings) - _firstBlockNumber) / _stride) + 1;
        BlockCount = BlocksPerAddressHere * pool.Capacity;
        _holdMs = (long)settings.PortBlockHold.TotalMilliseconds;
        _random = ((settings.PortSeed ?? settings.Seed) + (ulong)settings.ShardIndex) | 1;
        Redraw();
        _blocks = new NativeArray<PortBlockRecord>(BlockCount);
        _taken = new NativeArray<ulong>(BlockCount * PortPlane.Count * _wordsPerPlane);
        _freeBlocks = new NativeArray<uint>(BlockCount);
        _freeCounts = new int[pool.Capacity];
        for (uint block = 0; block < (uint)BlockCount; block++)
        {
            _blocks[block].UserIndex = FlowTable.None;
            if (pool.Plan == null && !pool.IsStatic(AddressIndex(block)))
                PushFree(block);
        }
    }

    /// <summary>Blocks of this shard over all addresses, spares included.</summary>
    public int BlockCount { get; }

    /// <summary>Blocks of this shard on each address.</summary>
    public int BlocksPerAddressHere { get; }

    /// <summary>Blocks that are leased to a subscriber.</summary>
    public int LeasedCount { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _blocks.LengthBytes + _taken.LengthBytes + _freeBlocks.LengthBytes;

    /// <summary>Takes parity and hold of other rules; a block that is on hold keeps its end.</summary>
    internal void Apply(NatSettings rules)
    {
        _settings = rules;
        _holdMs = (long)rules.PortBlockHold.TotalMilliseconds;
    }

    /// <summary>Whole blocks of the range on one address, over all shards.</summary>
    public static int BlocksPerAddress(NatSettings settings) => (int)LastBlock(settings) - (int)FirstBlock(settings) + 1;

    /// <summary>Number of the first whole block of the range: its first port by the block size.</summary>
    public static int FirstBlockNumber(NatSettings settings) => (int)FirstBlock(settings);

    /// <summary>Free blocks on an address, blocks whose hold has passed included once <see cref="ReleaseHeld"/> ran.</summary>
    public int FreeCount(int addressIndex) => _freeCounts[addressIndex];

    /// <summary>The address with more free blocks of two drawn at random: spreads subscribers without a scan.</summary>
    /// <returns>Address index; its blocks may be exhausted too.</returns>
    public int PickAddress()
    {
        int count = _pool.Count;
        if (count == 1)
            return 0;
        int a = (int)(NextRandom() % (uint)count);
        int b = (int)(NextRandom() % (uint)count);
        return _freeCounts[a] >= _freeCounts[b] ? a : b;
    }

    /// <summary>Leases a random free block of an address to a user.</summary>
    /// <returns>False when the address has none.</returns>
    public bool TryLease(uint userIndex, int addressIndex, uint nextOfUser, out uint block)
    {
        block = FlowTable.None;
        int free = _freeCounts[addressIndex];
        if (free == 0)
            return false;

        uint stack = (uint)(addressIndex * BlocksPerAddressHere);
        uint pick = stack + (NextRandom() % (uint)free);
        block = _freeBlocks[pick];
        _freeBlocks[pick] = _freeBlocks[stack + (uint)free - 1];
        _freeCounts[addressIndex] = free - 1;
        Occupy(block, userIndex, nextOfUser);
        return true;
    }

    /// <summary>Leases one of the blocks that a user has by calculation.</summary>
    /// <returns>False when the user holds all of them.</returns>
    public bool TryLeasePlanned(uint userIndex, int addressIndex, int firstPort, int blockCount, uint nextOfUser, out uint block)
    {
        block = BlockOf(addressIndex, BinaryPrimitives.ReverseEndianness((ushort)firstPort));
        for (int i = 0; i < blockCount; i++, block++)
        {
            if (_blocks[block].UserIndex != FlowTable.None)
                continue;
            Occupy(block, userIndex, nextOfUser);
            return true;
        }

        block = FlowTable.None;
        return false;
    }

    /// <summary>Ends a lease. The block must have no port taken; it goes on hold.</summary>
    public void Release(uint block, long nowMs)
    {
        ref PortBlockRecord record = ref _blocks[block];
        record.UserIndex = FlowTable.None;
        record.NextBlock = FlowTable.None;
        record.HoldUntilMs = nowMs + _holdMs;
        LeasedCount--;
        if (_pool.Plan != null)
            return; // Nobody else ever gets it (RFC 6888 REQ-8, exception b).
        if (_holdTail == FlowTable.None)
            _holdHead = block;
        else
            _blocks[_holdTail].NextBlock = block;
        _holdTail = block;
    }

    /// <summary>Frees the blocks whose hold has passed. O(blocks freed).</summary>
    public void ReleaseHeld(long nowMs)
    {
        while (_holdHead != FlowTable.None && _blocks[_holdHead].HoldUntilMs <= nowMs)
        {
            uint block = _holdHead;
            _holdHead = _blocks[block].NextBlock;
            if (_holdHead == FlowTable.None)
                _holdTail = FlowTable.None;
            PushFree(block);
        }
    }

    /// <summary>Asks the cache for what taking a port of a block will touch.</summary>
    public void Prefetch(uint block, byte protocol)
    {
        _blocks.Prefetch(block);
        _taken.Prefetch(TakenBase(block, protocol));
    }

    /// <summary>Next block in its user's list.</summary>
    public ref uint NextOfUser(uint block) => ref _blocks[block].NextBlock;

    /// <summary>The user that holds a block, or <see cref="FlowTable.None"/>.</summary>
    public uint UserOf(uint block) => _blocks[block].UserIndex;

    /// <summary>Ports taken in a block, all planes.</summary>
    public int TakenCount(uint block) => (int)_blocks[block].TakenCount;

    /// <summary>Index of a block's address.</summary>
    public int AddressIndex(uint block) => (int)(block / (uint)BlocksPerAddressHere);

    /// <summary>Address of a block, network byte order.</summary>
    public uint AddressBe(uint block) => _pool.AddressBe(AddressIndex(block));

    /// <summary>Whether a leased block's ports serve several destinations each.</summary>
    public bool IsShared(uint block) => _blocks[block].IsShared;

    /// <summary>Says whether a leased block's ports serve several destinations each. Before its first port is taken.</summary>
    public void SetShared(uint block, bool isShared) => _blocks[block].IsShared = isShared;

    /// <summary>Whether a leased block is in no user's list any more.</summary>
    public bool IsOrphan(uint block) => _blocks[block].IsOrphan;

    /// <summary>Marks a leased block that was taken out of its user's list while ports are in use.</summary>
    public void SetOrphan(uint block)
    {
        _blocks[block].IsOrphan = true;
        _blocks[block].NextBlock = FlowTable.None;
    }

    /// <summary>First port of a block, host byte order.</summary>
    public int FirstPort(uint block) =>
        (int)((_firstBlockNumber + (block % (uint)BlocksPerAddressHere * _stride)) << _blockShift);

    /// <summary>Takes a random free port of a block (RFC 6056, RFC 7857 section 9), with the wanted parity if there is one left.</summary>
    /// <param name="block">A leased block.</param>
    /// <param name="protocol">TCP, UDP or ICMP.</param>
    /// <param name="insidePortBe">The inside port, whose parity is wanted (RFC 4787 REQ-4).</param>
    /// <param name="anyParity">Take the other parity when the wanted one is used up.</param>
    /// <param name="portBe">The port, network byte order.</param>
    public bool TryTakePort(uint block, byte protocol, ushort insidePortBe, bool anyParity, out ushort portBe)
    {
        uint choice = ChoiceOf(block, insidePortBe);
        portBe = 0;
        int index = FindFree(block, protocol, Wanted(insidePortBe), choice);
        if (index < 0 && anyParity)
            index = FindFree(block, protocol, ulong.MaxValue, choice);
        if (index < 0)
            return false;

        _taken[TakenBase(block, protocol) + ((uint)index >> 6)] |= 1UL << (index & 63);
        _blocks[block].TakenCount++;
        portBe = BinaryPrimitives.ReverseEndianness((ushort)(FirstPort(block) + index));
        return true;
    }

    /// <summary>The port that <see cref="TryTakePort"/> would take now, of the wanted parity; right until <see cref="Redraw"/>, unless another inside port takes it first.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryPeekPort(uint block, byte protocol, ushort insidePortBe, out ushort portBe)
    {
        int index = FindFree(block, protocol, Wanted(insidePortBe), ChoiceOf(block, insidePortBe));
        portBe = BinaryPrimitives.ReverseEndianness((ushort)(FirstPort(block) + index));
        return index >= 0;
    }

    /// <summary>Lets chance choose anew. Once a burst: within one, what will be chosen can be foreseen, and its memory asked for.</summary>
    public void Redraw() => _draw = ((ulong)NextRandom() << 32) | NextRandom();

    /// <summary>Takes a random free even port and the one after it.</summary>
    public bool TryTakePair(uint block, byte protocol, out ushort portBe)
    {
        portBe = 0;
        uint first = TakenBase(block, protocol);
        uint start = NextRandom();
        for (uint i = 0; i < (uint)_wordsPerPlane; i++)
        {
            ref ulong taken = ref _taken[first + ((start + i) & ((uint)_wordsPerPlane - 1))];
            ulong free = ~taken & (~taken >> 1) & 0x5555_5555_5555_5555;
            if (free == 0)
                continue;
            int turn = (int)(start >> 24) & 62;
            int bit = (BitOperations.TrailingZeroCount(BitOperations.RotateRight(free, turn)) + turn) & 63;
            taken |= 3UL << bit;
            _blocks[block].TakenCount += 2;
            uint index = (((start + i) & ((uint)_wordsPerPlane - 1)) * 64) + (uint)bit;
            portBe = BinaryPrimitives.ReverseEndianness((ushort)(FirstPort(block) + index));
            return true;
        }

        return false;
    }

    /// <summary>Takes a given port of a leased block.</summary>
    /// <returns>False when it is taken.</returns>
    public bool TryTakeExact(uint block, byte protocol, ushort portBe)
    {
        if (IsTaken(block, protocol, portBe))
            return false;
        uint index = PortIndex(portBe);
        _taken[TakenBase(block, protocol) + (index >> 6)] |= 1UL << (int)(index & 63);
        _blocks[block].TakenCount++;
        return true;
    }

    /// <summary>Keeps a port from everybody, whoever leases its block. A port outside the range, or of another shard, is nobody's anyway.</summary>
    /// <returns>False when it is taken.</returns>
    internal bool TryReserve(uint addressBe, ushort portBe, byte protocol)
    {
        uint block = BlockOf(_pool.IndexOf(addressBe), portBe);
        if (block == FlowTable.None)
            return true;
        if (IsTaken(block, protocol, portBe))
            return false;
        uint index = PortIndex(portBe);
        _taken[TakenBase(block, protocol) + (index >> 6)] |= 1UL << (int)(index & 63); // No use of a lease: TakenCount stays.
        return true;
    }

    /// <summary>Ends what <see cref="TryReserve"/> began.</summary>
    internal void Unreserve(uint addressBe, ushort portBe, byte protocol)
    {
        uint block = BlockOf(_pool.IndexOf(addressBe), portBe);
        if (block == FlowTable.None)
            return;
        uint index = PortIndex(portBe);
        _taken[TakenBase(block, protocol) + (index >> 6)] &= ~(1UL << (int)(index & 63));
    }

    /// <summary>Leases a given block, if it is free. O(free blocks of its address): for explicit requests, never for a packet.</summary>
    public bool TryLeaseExact(uint userIndex, uint block, uint nextOfUser)
    {
        uint address = block / (uint)BlocksPerAddressHere;
        uint stack = address * (uint)BlocksPerAddressHere;
        uint free = (uint)_freeCounts[address];
        int at = _freeBlocks.Span.Slice((int)stack, (int)free).IndexOf(block);
        if (at < 0)
            return false;

        _freeBlocks[stack + (uint)at] = _freeBlocks[stack + free - 1];
        _freeCounts[address]--;
        Occupy(block, userIndex, nextOfUser);
        return true;
    }

    /// <summary>Leases a given block of those that a user has by calculation, if nobody holds it.</summary>
    internal bool TryLeasePlannedExact(uint userIndex, uint block, uint nextOfUser)
    {
        if (_blocks[block].UserIndex != FlowTable.None)
            return false;
        Occupy(block, userIndex, nextOfUser);
        return true;
    }

    /// <summary>First block of the queue of those on hold; <see cref="NextOfUser"/> leads on.</summary>
    internal uint FirstHeld => _holdHead;

    /// <summary>End of a block's hold, shard clock in ms.</summary>
    internal long HoldUntilMs(uint block) => _blocks[block].HoldUntilMs;

    /// <summary>Puts a free block on hold. In the order of their ends; else the later ones wait for the earlier.</summary>
    /// <returns>False when it is not free.</returns>
    internal bool TryHold(uint block, long untilMs)
    {
        if (_pool.Plan != null || !TryLeaseExact(FlowTable.None, block, FlowTable.None))
            return false;
        Release(block, untilMs - _holdMs);
        return true;
    }

    /// <summary>Counts a use of a port that is shared by destinations (endpoint-dependent mapping); <see cref="FreePort"/> ends it.</summary>
    public void CountSharedUse(uint block) => _blocks[block].TakenCount++;

    /// <summary>A random port of a block, taken or not, network byte order: for endpoint-dependent mapping.</summary>
    public ushort RandomPort(uint block) =>
        BinaryPrimitives.ReverseEndianness((ushort)(FirstPort(block) + (int)(NextRandom() & ((uint)_settings.PortBlockSize - 1))));

    /// <summary>Gives a port back.</summary>
    /// <returns>True when the block has no port taken any more.</returns>
    public bool FreePort(uint block, byte protocol, ushort portBe)
    {
        uint index = PortIndex(portBe);
        _taken[TakenBase(block, protocol) + (index >> 6)] &= ~(1UL << (int)(index & 63));
        return --_blocks[block].TakenCount == 0;
    }

    /// <summary>Whether a port is taken.</summary>
    public bool IsTaken(uint block, byte protocol, ushort portBe)
    {
        uint index = PortIndex(portBe);
        return (_taken[TakenBase(block, protocol) + (index >> 6)] & (1UL << (int)(index & 63))) != 0;
    }

    /// <summary>The block of this shard that holds a port, or <see cref="FlowTable.None"/> for ports outside the range or of another shard.</summary>
    public uint BlockOf(int addressIndex, ushort portBe)
    {
        uint number = (uint)(BinaryPrimitives.ReverseEndianness(portBe) >> _blockShift);
        if (number < _firstBlockNumber)
            return FlowTable.None;
        uint distance = number - _firstBlockNumber;
        uint position = distance / _stride;
        if (distance % _stride != 0 || position >= (uint)BlocksPerAddressHere)
            return FlowTable.None;
        return ((uint)addressIndex * (uint)BlocksPerAddressHere) + position;
    }

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() => _blocks.TryPopulate() & _taken.TryPopulate() & _freeBlocks.TryPopulate();

    /// <inheritdoc />
    public void Dispose()
    {
        _blocks.Dispose();
        _taken.Dispose();
        _freeBlocks.Dispose();
    }

    private void Occupy(uint block, uint userIndex, uint nextOfUser)
    {
        ref PortBlockRecord record = ref _blocks[block];
        record.UserIndex = userIndex;
        record.NextBlock = nextOfUser;
        record.TakenCount = 0;
        record.IsShared = false;
        record.IsOrphan = false;
        LeasedCount++;
    }

    private static uint FirstBlock(NatSettings settings) => (uint)((settings.PortFirst + settings.PortBlockSize - 1) / settings.PortBlockSize);

    private static uint LastBlock(NatSettings settings) => (uint)(((settings.PortLast + 1) / settings.PortBlockSize) - 1);

    // Lowest bit of the port, in network order.
    private ulong Wanted(ushort insidePortBe) =>
        !_settings.PortParity ? ulong.MaxValue : (insidePortBe & 0x0100) != 0 ? 0xAAAA_AAAA_AAAA_AAAA : 0x5555_5555_5555_5555;

    // As RFC 6056 section 3.3.3 does, by a keyed hash of what is inside; the key lives for a burst.
    private uint ChoiceOf(uint block, ushort insidePortBe)
    {
        ulong high = Math.BigMul(_draw ^ (((ulong)block << 16) | insidePortBe), 0x9E37_79B9_7F4A_7C15, out ulong low);
        return (uint)((high ^ low) >> 16);
    }

    // Starts at a chosen bit of a chosen word; the bound is the block's words.
    private int FindFree(uint block, byte protocol, ulong wanted, uint choice)
    {
        uint first = TakenBase(block, protocol);
        int start = (int)choice & (_wordsPerPlane - 1);
        int turn = (int)(choice >> 24) & 63;
        for (int i = 0; i < _wordsPerPlane; i++)
        {
            int word = (start + i) & (_wordsPerPlane - 1);
            ulong free = ~_taken[first + (uint)word] & wanted;
            if (free == 0)
                continue;
            int bit = (BitOperations.TrailingZeroCount(BitOperations.RotateRight(free, turn)) + turn) & 63;
            return (word * 64) + bit;
        }

        return -1;
    }

    private void PushFree(uint block)
    {
        uint address = block / (uint)BlocksPerAddressHere;
        _freeBlocks[(address * (uint)BlocksPerAddressHere) + (uint)_freeCounts[address]++] = block;
    }

    private uint PortIndex(ushort portBe) => (uint)BinaryPrimitives.ReverseEndianness(portBe) & ((uint)_settings.PortBlockSize - 1);

    private uint TakenBase(uint block, byte protocol) => ((block * PortPlane.Count) + (uint)PortPlane.Of(protocol)) * (uint)_wordsPerPlane;

    // xorshift64*: ports must be hard to guess from outside (RFC 6056), the seed is secret.
    private uint NextRandom()
    {
        _random ^= _random >> 12;
        _random ^= _random << 25;
        _random ^= _random >> 27;
        return (uint)((_random * 0x2545F4914F6CDD1D) >> 32);
    }
}
