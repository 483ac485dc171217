using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Paths;

/// <summary>
/// The ways that a shard's flows and subscribers take, by small numbers: a flow carries its way out, a subscriber the way in. A next hop
/// that changes its link address is changed here once, not in a million flows.
/// </summary>
/// <remarks>Owner thread only. Fixed capacity, off the managed heap.</remarks>
public sealed class PathTable : IDisposable
{
    /// <summary>No way: an entry that lets nothing pass.</summary>
    public const ushort None = 0;

    /// <summary>To the WAN port with the frame's own link header.</summary>
    public const ushort AsIsWan = 1;

    /// <summary>To the LAN port with the frame's own link header.</summary>
    public const ushort AsIsLan = 2;

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

    private const ushort FirstWan = 3;

    private readonly NativeArray<PathRecord> _records;
    private readonly Dictionary<PathKey, ushort> _indices = [];
    private ushort _nextWan = FirstWan;
    private int _nextLan = PerPacket + 1;

    /// <summary>A table with the two ways that keep the link header.</summary>
    /// <param name="capacity">512 to <see cref="CapacityMax"/>: 252 ways outside, the rest to subscribers and beyond.</param>
    public PathTable(int capacity = 4096)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 512);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, CapacityMax);
        _records = new NativeArray<PathRecord>(capacity);
        _records[AsIsWan] = AsIs(AsIsWanPort);
        _records[AsIsLan] = AsIs(AsIsLanPort);
    }

    /// <summary>Number of ways a next hop uses.</summary>
    public int Count => _indices.Count;

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _records.LengthBytes;

    /// <summary>The used indices.</summary>
    public IReadOnlyCollection<ushort> Indices => _indices.Values;

    /// <summary>A way by number.</summary>
    public ref PathRecord this[uint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address computation.
        get => ref _records[index];
    }

    /// <summary>The number as a flow's byte carries it.</summary>
    public static byte OfFlow(ushort index) => index < PerPacket ? (byte)index : PerPacket;

    /// <summary>Finds the way to a next hop, or takes a number for it.</summary>
    /// <param name="side">Side that the way leads to: those outside get small numbers while there are some.</param>
    /// <param name="interfaceIndex">The next hop's interface.</param>
    /// <param name="nextHop">Its address: IPv6, or IPv4 mapped into it, host byte order.</param>
    /// <param name="isNew">True when the entry is fresh: pending, to be filled.</param>
    /// <returns>The number, or <see cref="None"/> when the table is full.</returns>
    public ushort FindOrAdd(Side side, int interfaceIndex, UInt128 nextHop, out bool isNew)
    {
        var key = new PathKey(interfaceIndex, nextHop);
        isNew = false;
        if (_indices.TryGetValue(key, out ushort known))
            return known;

        ushort index;
        if (side == Side.Wan && _nextWan < PerPacket)
            index = _nextWan++;
        else if (_nextLan < _records.Length)
            index = (ushort)_nextLan++;
        else
            return None;

        _indices.Add(key, index);
        _records[index] = new PathRecord { State = PathState.Pending, InterfaceIndex = interfaceIndex, NextHop = nextHop };
        isNew = true;
        return index;
    }

    /// <summary>Makes every flow on a way stale: each is evaluated anew at its next packet.</summary>
    public void Bump(ushort index) => _records[index].Generation++;

    /// <summary>Makes every flow on any way stale.</summary>
    public void BumpAll()
    {
        for (uint index = 0; index < (uint)_nextLan; index++)
            _records[index].Generation++;
    }

    /// <inheritdoc />
    public void Dispose() => _records.Dispose();

    private static PathRecord AsIs(byte portIndex) => new() { State = PathState.AsIs, PortIndex = portIndex, MtuBytes = ushort.MaxValue };

    private readonly record struct PathKey(int InterfaceIndex, UInt128 NextHop);
}
