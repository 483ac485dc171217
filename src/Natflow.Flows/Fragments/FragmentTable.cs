using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Fragments;

/// <summary>
/// Virtual reassembly: remembers by (source, destination, identification, protocol, side) what the first fragment of a datagram was
/// decided to be, so that the others follow it. Bounded: a fixed set-associative table with a time limit, never a payload.
/// </summary>
/// <remarks>Owner thread only. A full set refuses while its contexts are younger than the limit (RFC 4787 REQ-14a).</remarks>
public sealed class FragmentTable : IDisposable
{
    private const int Ways = 8;

    /// <summary>Milliseconds that a context lives: the reassembly wait of RFC 6146 section 3.4 is at least 2 s.</summary>
    private const long LifetimeMs = 5_000;

    private readonly NativeArray<Context> _contexts;
    private readonly FlowHash _hash;
    private readonly uint _setCount;

    /// <summary>Maps room for at least <paramref name="capacity"/> contexts.</summary>
    public FragmentTable(int capacity, FlowHash hash)
    {
        _setCount = (uint)Math.Max(1, (capacity + Ways - 1) / Ways);
        _contexts = new NativeArray<Context>((int)_setCount * Ways);
        _hash = hash;
    }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _contexts.LengthBytes;

    /// <summary>Remembers a decision for a datagram; a living context of the same datagram is replaced.</summary>
    /// <returns>False when the set is full of living contexts.</returns>
    public bool TryAdd(in FlowKey key, ushort identificationBe, uint value, long nowMs) =>
        TryAdd(in key, identificationBe, new FragmentContext(value, identificationBe, 0), nowMs);

    /// <inheritdoc cref="TryAdd(in FlowKey, ushort, uint, long)" />
    public bool TryAdd(in FlowKey key, ushort identificationBe, FragmentContext context, long nowMs)
    {
        Span<Context> set = SetOf(in key, identificationBe);
        int place = -1;
        for (int way = 0; way < set.Length; way++)
        {
            if (set[way].Is(in key, identificationBe))
            {
                place = way;
                break;
            }

            if (set[way].UntilMs <= nowMs)
                place = way;
        }

        if (place < 0)
            return false;
        set[place] = new Context(in key, identificationBe, context, nowMs + LifetimeMs);
        return true;
    }

    /// <summary>The decision for a datagram, while it lives.</summary>
    public bool TryFind(in FlowKey key, ushort identificationBe, long nowMs, out uint value)
    {
        bool isKnown = TryFind(in key, identificationBe, nowMs, out FragmentContext context);
        value = context.Value;
        return isKnown;
    }

    /// <inheritdoc cref="TryFind(in FlowKey, ushort, long, out uint)" />
    public bool TryFind(in FlowKey key, ushort identificationBe, long nowMs, out FragmentContext known)
    {
        foreach (ref Context context in SetOf(in key, identificationBe))
        {
            if (context.UntilMs <= nowMs || !context.Is(in key, identificationBe))
                continue;
            known = context.Known;
            return true;
        }

        known = default;
        return false;
    }

    /// <inheritdoc />
    public void Dispose() => _contexts.Dispose();

    private Span<Context> SetOf(in FlowKey key, ushort identificationBe)
    {
        uint addresses = _hash.Of(key.SrcAddrBe | ((ulong)key.DstAddrBe << 32));
        uint hash = _hash.Of(addresses | ((ulong)identificationBe << 32) | ((ulong)key.Protocol << 48) | ((ulong)key.Side << 56));
        int set = (int)(((ulong)hash * _setCount) >> 32);
        return _contexts.Span.Slice(set * Ways, Ways);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 8, Size = 32)]
    private struct Context(in FlowKey key, ushort identificationBe, FragmentContext known, long untilMs)
    {
        internal readonly long UntilMs = untilMs;
        internal readonly FragmentContext Known = known;
        private readonly uint _srcAddrBe = key.SrcAddrBe;
        private readonly uint _dstAddrBe = key.DstAddrBe;
        private readonly ushort _identificationBe = identificationBe;
        private readonly ushort _zone = key.Zone;
        private readonly byte _protocol = key.Protocol;
        private readonly Side _side = key.Side;

        internal readonly bool Is(in FlowKey key, ushort identificationBe) =>
            _srcAddrBe == key.SrcAddrBe && _dstAddrBe == key.DstAddrBe && _identificationBe == identificationBe
            && _protocol == key.Protocol && _side == key.Side && _zone == key.Zone;
    }
}
