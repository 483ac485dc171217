using System.Numerics;

namespace Natflow.Netlink.Model;

/// <summary>Cuts a bucket into ranges, each with the longest prefix that holds it. Kept between buckets to reuse its memory.</summary>
/// <typeparam name="TKey">As in <see cref="PrefixTable{TKey}"/>.</typeparam>
internal sealed class PrefixRanges<TKey>
    where TKey : unmanaged, IBinaryInteger<TKey>
{
    private readonly List<TKey> _starts = [];
    private readonly List<Route?> _routes = [];
    private readonly Stack<(Route Route, TKey Last)> _open = new();

    /// <summary>Fills a bucket's ranges from its members.</summary>
    /// <param name="bucket">Its members are set.</param>
    /// <param name="first">First address of the bucket.</param>
    /// <param name="last">Last address of the bucket.</param>
    internal void Cut(ref PrefixBucket<TKey> bucket, TKey first, TKey last)
    {
        bucket = new PrefixBucket<TKey> { Members = bucket.Members, Cover = bucket.Cover };
        if (bucket.Members is not { Length: > 0 } members)
        {
            bucket.Members = null;
            return;
        }

        _starts.Clear();
        _routes.Clear();
        Emit(first, null);
        foreach (Route member in members)
        {
            TKey start = TKey.CreateTruncating(member.Destination.Network.Bits);
            CloseBefore(start);
            _open.Push((member, TKey.CreateTruncating(member.Destination.LastBits)));
            Emit(start, member);
        }

        while (_open.TryPop(out (Route Route, TKey Last) closed))
        {
            if (closed.Last < last) Emit(closed.Last + TKey.One, Outer());
        }

        bucket.Routes = [.. _routes];
        if (Array.TrueForAll(members, static member => member.Destination.LengthBits <= PrefixTable<TKey>.DirectBitsMax))
        {
            foreach (TKey start in _starts)
                bucket.Mark(PrefixTable<TKey>.ThirdByteOf(start));
        }
        else
        {
            bucket.Starts = [.. _starts];
        }
    }

    private void CloseBefore(TKey start)
    {
        while (_open.TryPeek(out (Route Route, TKey Last) top) && top.Last < start)
        {
            _open.Pop();
            Emit(top.Last + TKey.One, Outer());
        }
    }

    private Route? Outer() => _open.TryPeek(out (Route Route, TKey Last) top) ? top.Route : null;

    // A later word on the same start wins: it comes from an inner prefix that starts there, or an outer one where an inner one ended.
    private void Emit(TKey start, Route? route)
    {
        if (_starts.Count > 0 && _starts[^1] == start)
        {
            _routes[^1] = route;
            return;
        }

        _starts.Add(start);
        _routes.Add(route);
    }
}
