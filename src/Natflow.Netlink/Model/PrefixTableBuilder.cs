using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Natflow.Netlink.Model;

/// <summary>
/// Gathers changes to a prefix table and makes its successor. A publication costs as much as the changes and the buckets they touch,
/// however large the table. Owner thread only.
/// </summary>
/// <typeparam name="TKey">As in <see cref="PrefixTable{TKey}"/>.</typeparam>
internal sealed class PrefixTableBuilder<TKey>
    where TKey : unmanaged, IBinaryInteger<TKey>
{
    private Dictionary<IpPrefix, Route?> _pending = [];
    private readonly PrefixRanges<TKey> _ranges = new();
    private readonly List<Route> _merged = [];

    // While a dump runs: only what it brought. At its end, what it did not bring is gone.
    private Dictionary<IpPrefix, Route?>? _dumped;

    internal PrefixTable<TKey> Current { get; private set; } = PrefixTable<TKey>.Empty;

    /// <summary>Whether the next table differs from the current one, as far as is known without comparing.</summary>
    internal bool HasPending => _pending.Count > 0;

    /// <summary>The routes to a prefix, best first, with the changes so far; during a dump, as the dump tells.</summary>
    internal Route? Find(IpPrefix prefix)
    {
        if (_dumped is not null) return _dumped.GetValueOrDefault(prefix);
        return _pending.TryGetValue(prefix, out Route? route) ? route : Current.FindExact(prefix);
    }

    /// <summary>Sets the routes to a prefix, best first; null removes the prefix.</summary>
    internal void Set(IpPrefix prefix, Route? routes) => (_dumped ?? _pending)[prefix] = routes;

    /// <summary>Begins a dump, or begins it again.</summary>
    internal void BeginDump() => _dumped = [];

    /// <summary>Ends a dump that is whole: its content replaces the table.</summary>
    internal void EndDump()
    {
        if (_dumped is not { } dumped) return;
        _dumped = null;
        _pending.Clear(); // The events they came from are older than the dump.
        foreach (Route route in Current.All())
        {
            if (!dumped.ContainsKey(route.Destination)) _pending[route.Destination] = null;
        }

        foreach ((IpPrefix prefix, Route? route) in dumped)
        {
            if (!Route.AreEqual(route, Current.FindExact(prefix))) _pending[prefix] = route;
        }
    }

    /// <summary>Gives a dump up: the table stays as it was.</summary>
    internal void AbandonDump() => _dumped = null;

    /// <summary>Makes the next table.</summary>
    /// <param name="changes">Gets the prefixes whose best route is new, gone or another.</param>
    internal void Publish(List<RouteChange> changes)
    {
        KeyValuePair<IpPrefix, Route?>[] pending = [.. _pending];
        _pending = []; // Not cleared: that would cost as much as the largest burst ever, each time.
        Array.Sort(pending, static (left, right) => IpPrefix.Compare(left.Key, right.Key));
        var next = new Successor(Current);
        int coverCount = 0;
        for (int i = 0; i < pending.Length;)
        {
            if (pending[i].Key.LengthBits <= PrefixTable<TKey>.CoverBitsMax)
            {
                pending[coverCount++] = pending[i++]; // Kept in front; those behind have been read.
                continue;
            }

            i = next.ApplyBucket(pending, i, this, changes);
        }

        if (coverCount > 0) next.ApplyCover(pending.AsSpan(0, coverCount), this, changes);
        Current = next.ToTable();
    }

    /// <summary>Merges sorted changes into sorted routes.</summary>
    /// <returns>The difference in count.</returns>
    private int Merge(ReadOnlySpan<Route> routes, ReadOnlySpan<KeyValuePair<IpPrefix, Route?>> pending, List<RouteChange> changes)
    {
        _merged.Clear();
        int at = 0;
        foreach ((IpPrefix prefix, Route? route) in pending)
        {
            int order = 1;
            while (at < routes.Length && (order = IpPrefix.Compare(routes[at].Destination, prefix)) < 0)
                _merged.Add(routes[at++]);
            Route? old = at < routes.Length && order == 0 ? routes[at++] : null;
            if (route is not null) _merged.Add(route);
            if (!HaveEqualTargets(old, route)) changes.Add(new RouteChange(prefix, old, route));
        }

        _merged.AddRange(routes[at..]);
        return _merged.Count - routes.Length;
    }

    [SuppressMessage("Style", "IDE0046", Justification = "Reads as a table.")]
    private static bool HaveEqualTargets(Route? left, Route? right)
    {
        if (left is null || right is null) return left is null && right is null;
        return left.Target.Equals(right.Target);
    }

    /// <summary>The next table in the making: copies each page it must change once.</summary>
    private sealed class Successor(PrefixTable<TKey> current)
    {
        private readonly PrefixBucket<TKey>[]?[] _pages = current.Pages.ToArray();
        private readonly bool[] _isOwn = new bool[PrefixTable<TKey>.PageCount];
        private Route[] _coverRoutes = current.CoverRoutes; // Replaced as a whole, never written.
        private int _count = current.Count;

        internal PrefixTable<TKey> ToTable() => new(_pages, _coverRoutes, _count);

        /// <summary>Applies the run of changes that fall into one bucket.</summary>
        /// <returns>Index of the first change after the run; shorter prefixes are not part of any.</returns>
        internal unsafe int ApplyBucket(
            KeyValuePair<IpPrefix, Route?>[] pending, int start, PrefixTableBuilder<TKey> builder, List<RouteChange> changes)
        {
            uint top = TopOf(pending[start].Key);
            int end = start + 1;
            while (end < pending.Length && TopOf(pending[end].Key) == top
                && pending[end].Key.LengthBits > PrefixTable<TKey>.CoverBitsMax)
            {
                end++;
            }

            ref PrefixBucket<TKey> bucket = ref OwnBucket(top);
            _count += builder.Merge(bucket.Members, pending.AsSpan(start, end - start), changes);
            bucket.Members = [.. builder._merged];
            int lowBits = sizeof(TKey) * 8 - PrefixTable<TKey>.CoverBitsMax;
            TKey first = TKey.CreateTruncating(top) << lowBits;
            builder._ranges.Cut(ref bucket, first, first | ((TKey.One << lowBits) - TKey.One));
            return end;
        }

        internal void ApplyCover(
            ReadOnlySpan<KeyValuePair<IpPrefix, Route?>> pending, PrefixTableBuilder<TKey> builder, List<RouteChange> changes)
        {
            _count += builder.Merge(_coverRoutes, pending, changes);
            _coverRoutes = [.. builder._merged];

            // Each bucket below a changed prefix gets its cover anew, but for the default route, which the table holds once. Sorted order
            // puts a prefix before all it contains, so that the longest is written last.
            bool[] isTouched = new bool[1 << PrefixTable<TKey>.CoverBitsMax];
            foreach ((IpPrefix prefix, _) in pending)
            {
                (int first, int count) = BucketsOf(prefix);
                isTouched.AsSpan(first, count).Fill(true);
            }

            Route?[] covers = new Route?[1 << PrefixTable<TKey>.CoverBitsMax];
            foreach (Route route in _coverRoutes)
            {
                (int first, int count) = BucketsOf(route.Destination);
                covers.AsSpan(first, count).Fill(route);
            }

            for (int top = 0; top < covers.Length; top++)
            {
                if (isTouched[top]) OwnBucket((uint)top).Cover = covers[top];
            }
        }

        private static uint TopOf(IpPrefix prefix) => PrefixTable<TKey>.TopOf(TKey.CreateTruncating(prefix.Network.Bits));

        private static (int First, int Count) BucketsOf(IpPrefix prefix) => prefix.LengthBits == 0
            ? (0, 0)
            : ((int)TopOf(prefix), 1 << (PrefixTable<TKey>.CoverBitsMax - prefix.LengthBits));

        private ref PrefixBucket<TKey> OwnBucket(uint top)
        {
            uint index = top / PrefixTable<TKey>.BucketsPerPage;
            PrefixBucket<TKey>[] page = _isOwn[index] ? _pages[index]! : CopyPage(index);
            return ref page[top % PrefixTable<TKey>.BucketsPerPage];
        }

        private PrefixBucket<TKey>[] CopyPage(uint index)
        {
            _isOwn[index] = true;
            PrefixBucket<TKey>[] copy = _pages[index] is { } shared
                ? [.. shared]
                : new PrefixBucket<TKey>[PrefixTable<TKey>.BucketsPerPage];
            _pages[index] = copy;
            return copy;
        }
    }
}
