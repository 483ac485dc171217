using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Ipv6;

/// <summary>
/// Remembers by (source, destination, identification, side) which flow the first fragment of an IPv6 datagram belonged to, so that the others follow it.
/// Bounded: set-associative with a time limit, never a payload.
/// </summary>
/// <remarks>Owner thread only. A full set refuses while its contexts are younger than the limit.</remarks>
public sealed class Ipv6FragmentTable : IDisposable
{
    private const int Ways = 8;

    /// <summary>Milliseconds that a context lives: the reassembly wait of RFC 6146 section 3.4 is at least 2 s.</summary>
    private const long LifetimeMs = 5_000;

    private readonly NativeArray<Context> _contexts;
    private readonly FlowHash _hash;
    private readonly uint _setCount;

    /// <summary>Maps room for at least <paramref name="capacity"/> contexts.</summary>
    public Ipv6FragmentTable(int capacity, FlowHash hash)
    {
        _setCount = (uint)Math.Max(1, (capacity + Ways - 1) / Ways);
        _contexts = new NativeArray<Context>((int)_setCount * Ways);
        _hash = hash;
    }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _contexts.LengthBytes;

    /// <summary>Remembers a datagram's flow; a living context of the same datagram is replaced.</summary>
    /// <returns>False when the set is full of living contexts.</returns>
    public bool TryAdd(in Ipv6Address source, in Ipv6Address destination, uint identification, Side side, uint value, long nowMs)
    {
        Span<Context> set = SetOf(in source, in destination, identification, side);
        int place = -1;
        for (int way = 0; way < set.Length; way++)
        {
            if (set[way].Is(in source, in destination, identification, side))
            {
                place = way;
                break;
            }

            if (set[way].UntilMs <= nowMs)
                place = way;
        }

        if (place < 0)
            return false;
        set[place] = new Context(source, destination, identification, side, value, nowMs + LifetimeMs);
        return true;
    }

    /// <summary>The flow of a datagram, while it is remembered.</summary>
    public bool TryFind(in Ipv6Address source, in Ipv6Address destination, uint identification, Side side, long nowMs, out uint value)
    {
        foreach (ref Context context in SetOf(in source, in destination, identification, side))
        {
            if (context.UntilMs <= nowMs || !context.Is(in source, in destination, identification, side))
                continue;
            value = context.Value;
            return true;
        }

        value = 0;
        return false;
    }

    /// <inheritdoc />
    public void Dispose() => _contexts.Dispose();

    private Span<Context> SetOf(in Ipv6Address source, in Ipv6Address destination, uint identification, Side side)
    {
        uint hash = _hash.OfIpv6(in source, in destination, identification | ((ulong)side << 32));
        int set = (int)(((ulong)hash * _setCount) >> 32);
        return _contexts.Span.Slice(set * Ways, Ways);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 8, Size = 64)]
    private struct Context(Ipv6Address source, Ipv6Address destination, uint identification, Side side, uint value, long untilMs)
    {
        internal readonly long UntilMs = untilMs;
        internal readonly uint Value = value;
        private readonly Ipv6Address _source = source;
        private readonly Ipv6Address _destination = destination;
        private readonly uint _identification = identification;
        private readonly Side _side = side;

        internal readonly bool Is(in Ipv6Address source, in Ipv6Address destination, uint identification, Side side) =>
            _source == source && _destination == destination && _identification == identification && _side == side;
    }
}
