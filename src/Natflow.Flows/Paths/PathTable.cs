using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Paths;

/// <summary>
/// The ways that a shard's flows and subscribers take, by small numbers: a flow carries its way out, a subscriber the way in. A next hop
/// that changes its link address is changed here once, not in a million flows.
/// </summary>
/// <remarks>
/// Owner thread only. Fixed capacity. Numbers below <see cref="PerPacket"/> are for ways out and stay for good; a number above is given back with its last
/// subscriber, or, where it serves a crowd of next hops outside, to the next of these. A number's generation changes with its meaning.
/// </remarks>
public sealed class PathTable : IDisposable
{
    /// <summary>No way: an entry that lets nothing pass.</summary>
    public const ushort None = 0;

    /// <summary>To the WAN port with the frame's own link header.</summary>
    public const ushort AsIsWan = 1;

    /// <summary>To the LAN port with the frame's own link header.</summary>
    public const ushort AsIsLan = 2;

    /// <summary>To ourselves: a hairpinned flow's way out, which no frame leaves by.</summary>
    public const ushort Hairpin = 3;

    /// <summary>
    /// Stands in a flow for a way whose number does not fit its byte: such a flow's packets are routed one by one. The entry lets nothing pass.
    /// </summary>
    public const byte PerPacket = byte.MaxValue;

    /// <summary>Most ways of a shard.</summary>
    public const int CapacityMax = ushort.MaxValue + 1;

    /// <summary>Port index of the LAN side where frames keep their link header.</summary>
    public const byte AsIsLanPort = 0;

    /// <summary>Port index of the WAN side where frames keep their link header.</summary>
    public const byte AsIsWanPort = 1;

    private const ushort FirstWan = 4;
    private const int CrowdShare = 4;

    private readonly NativeArray<PathRecord> _records;
    private readonly NativeArray<uint> _userCounts;
    private readonly Dictionary<PathKey, ushort> _indices = [];
    private readonly Queue<ushort> _crowd = new();
    private readonly Stack<ushort> _free = new();
    private readonly int _crowdMax;
    private readonly Queue<ushort> _changes = new();
    private bool[] _isQueued = [];
    private ushort _nextWan = FirstWan;
    private int _nextOther = PerPacket + 1;

    /// <summary>A table with the two ways that keep the link header.</summary>
    /// <param name="capacity">512 to <see cref="CapacityMax"/>: 251 ways outside, the rest to subscribers and to a crowd of next hops outside.</param>
    public PathTable(int capacity = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 512);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, CapacityMax);
        _records = new NativeArray<PathRecord>(capacity);
        _userCounts = new NativeArray<uint>(capacity);
        _crowdMax = (capacity - PerPacket - 1) / CrowdShare;
        _records[AsIsWan] = AsIs(AsIsWanPort);
        _records[AsIsLan] = AsIs(AsIsLanPort);
        _records[Hairpin] = new PathRecord { MtuBytes = ushort.MaxValue };
    }

    /// <summary>Next hops with a number.</summary>
    public int Count => _indices.Count;

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _records.LengthBytes + _userCounts.LengthBytes;

    /// <summary>The numbers of next hops.</summary>
    public IReadOnlyCollection<ushort> Indices => _indices.Values;

    /// <summary>A way by number.</summary>
    public ref PathRecord this[uint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address computation.
        get => ref _records[index];
    }

    /// <summary>The number as a flow's byte carries it.</summary>
    public static byte OfFlow(ushort index) => index < PerPacket ? (byte)index : PerPacket;

    /// <summary>The number of a next hop, or <see cref="None"/>.</summary>
    /// <param name="interfaceIndex">The next hop's interface.</param>
    /// <param name="nextHop">Its address: IPv6, or IPv4 mapped into it, host byte order.</param>
    public ushort Find(int interfaceIndex, UInt128 nextHop) => _indices.GetValueOrDefault(new PathKey(interfaceIndex, nextHop), None);

    /// <summary>Finds the way to a next hop, or takes a number for it.</summary>
    /// <param name="side">Side that the way leads to.</param>
    /// <param name="interfaceIndex">The next hop's interface.</param>
    /// <param name="nextHop">Its address: IPv6, or IPv4 mapped into it, host byte order.</param>
    /// <param name="isNew">True when the entry is fresh: pending, to be filled.</param>
    /// <returns>The number, or <see cref="None"/> when the table is full.</returns>
    public ushort FindOrAdd(Side side, int interfaceIndex, UInt128 nextHop, out bool isNew)
    {
        isNew = false;
        ushort index = Find(interfaceIndex, nextHop);
        if (index != None)
            return index;

        index = side == Side.Wan ? TakeOutside() : TakeInside();
        if (index == None)
            return None;

        _indices.Add(new PathKey(interfaceIndex, nextHop), index);
        ref PathRecord record = ref _records[index];
        Note(index);
        record = new PathRecord
        {
            Generation = (ushort)(record.Generation + 1),
            State = PathState.Pending,
            InterfaceIndex = interfaceIndex,
            NextHop = nextHop,
        };
        isNew = true;
        return index;
    }

    /// <summary>Counts a subscriber that takes a way.</summary>
    public void Acquire(ushort index) => _userCounts[index]++;

    /// <summary>Counts a subscriber that takes a way no longer; the last one gives the number back.</summary>
    public void Release(ushort index)
    {
        if (index <= PerPacket || --_userCounts[index] != 0)
            return;
        Forget(index);
        _free.Push(index);
    }

    /// <summary>Makes every flow on a way stale: each is evaluated anew at its next packet.</summary>
    public void Bump(ushort index)
    {
        _records[index].Generation++;
        Note(index);
    }

    /// <summary>Says that routes to the next hop may lead elsewhere now: flows are evaluated anew, subscribers ask anew.</summary>
    public void Retire(ushort index)
    {
        Bump(index);
        if (index <= PerPacket)
            return;
        ref PathRecord record = ref _records[index];
        ForgetKey(index);
        record.State = PathState.Stale;
        record.MtuBytes = 0;
    }

    /// <summary>Makes every flow on any way stale.</summary>
    public void BumpAll()
    {
        for (int index = 0; index < _nextOther; index++)
            Bump((ushort)index);
    }

    /// <summary>Lets generations begin elsewhere: an earlier gateway's numbers must not mean another way. Before anybody takes a way.</summary>
    /// <param name="generation">First number.</param>
    public void StartGenerations(ushort generation)
    {
        for (uint index = 0; index < (uint)_records.Length; index++)
            _records[index].Generation = generation;
    }

    /// <summary>From now on, ways whose generation changes are queued, each once.</summary>
    internal void TrackChanges()
    {
        _changes.EnsureCapacity(_records.Length);
        _isQueued = new bool[_records.Length];
    }

    /// <summary>The way whose change has waited longest.</summary>
    internal bool TryPeekChange(out ushort index) => _changes.TryPeek(out index);

    /// <summary>Takes out what <see cref="TryPeekChange"/> showed.</summary>
    internal void TakeChange() => _isQueued[_changes.Dequeue()] = false;

    /// <inheritdoc />
    public void Dispose()
    {
        _records.Dispose();
        _userCounts.Dispose();
    }

    private static PathRecord AsIs(byte portIndex) => new() { State = PathState.AsIs, PortIndex = portIndex, MtuBytes = ushort.MaxValue };

    // No flow and no subscriber carries a number of the crowd, so the oldest may be given to another next hop.
    private ushort TakeOutside()
    {
        if (_nextWan < PerPacket)
            return _nextWan++;

        ushort index;
        if (_crowd.Count == _crowdMax)
        {
            index = _crowd.Dequeue();
            Forget(index);
        }
        else
        {
            index = TakeInside();
            if (index == None)
                return None;
        }

        _crowd.Enqueue(index);
        return index;
    }

    private ushort TakeInside()
    {
        if (_free.TryPop(out ushort index))
            return index;
        return _nextOther < _records.Length ? (ushort)_nextOther++ : None;
    }

    private void Forget(ushort index)
    {
        ForgetKey(index);
        ref PathRecord record = ref _records[index];
        record = new PathRecord { Generation = (ushort)(record.Generation + 1) };
        Note(index);
    }

    private void Note(ushort index)
    {
        if (_isQueued.Length == 0 || _isQueued[index])
            return;
        _isQueued[index] = true;
        _changes.Enqueue(index);
    }

    // A retired number's next hop may have another number by now.
    private void ForgetKey(ushort index)
    {
        var key = new PathKey(_records[index].InterfaceIndex, _records[index].NextHop);
        if (_indices.GetValueOrDefault(key, None) == index)
            _indices.Remove(key);
    }

    private readonly record struct PathKey(int InterfaceIndex, UInt128 NextHop);
}
