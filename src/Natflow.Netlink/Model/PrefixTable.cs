using System.Numerics;

namespace Natflow.Netlink.Model;

/// <summary>
/// Longest prefix match in three steps: a page by the first 12 bits, a bucket by the next 4, then the range among those into which the
/// bucket's prefixes cut it: by counting bits where no prefix is longer than 24, as in nearly all of an IPv4 table, else by halving.
/// Immutable; a successor shares all pages and buckets that did not change.
/// </summary>
/// <typeparam name="TKey"><see cref="uint"/> for IPv4, <see cref="UInt128"/> for IPv6, host order.</typeparam>
internal sealed class PrefixTable<TKey>
    where TKey : unmanaged, IBinaryInteger<TKey>
{
    internal const int PageCount = 4096;
    internal const int BucketsPerPage = 16;
    internal const int CoverBitsMax = 16;
    internal const int DirectBitsMax = 24;

    private readonly PrefixBucket<TKey>[]?[] _pages;
    private readonly Route[] _coverRoutes;
    private readonly Route? _default;

    internal PrefixTable(PrefixBucket<TKey>[]?[] pages, Route[] coverRoutes, int count)
    {
        _pages = pages;
        _coverRoutes = coverRoutes;
        _default = coverRoutes is [{ Destination.LengthBits: 0 } route, ..] ? route : null;
        Count = count;
    }

    internal static PrefixTable<TKey> Empty { get; } = new(new PrefixBucket<TKey>[]?[PageCount], [], 0);

    /// <summary>Number of prefixes.</summary>
    internal int Count { get; }

    /// <summary>Pages, for the builder of a successor; not to be written.</summary>
    internal ReadOnlySpan<PrefixBucket<TKey>[]?> Pages => _pages;

    /// <summary>Prefixes of at most 16 bits, in the order of <see cref="IpPrefix.Compare"/>; not to be written.</summary>
    internal Route[] CoverRoutes => _coverRoutes;

    /// <summary>Memory that lookups and successors need, without the routes themselves.</summary>
    internal unsafe long SizeBytes
    {
        get
        {
            long sizeBytes = PageCount * sizeof(nint);
            foreach (PrefixBucket<TKey>[]? page in _pages)
            {
                if (page is null) continue;
                sizeBytes += BucketsPerPage * (4 * sizeof(ulong) + 4 * sizeof(nint));
                foreach (ref readonly PrefixBucket<TKey> bucket in page.AsSpan())
                {
                    int referenceCount = (bucket.Routes?.Length ?? 0) + (bucket.Members?.Length ?? 0);
                    sizeBytes += (long)(bucket.Starts?.Length ?? 0) * sizeof(TKey) + (long)referenceCount * sizeof(nint);
                }
            }

            return sizeBytes;
        }
    }

    /// <summary>First 16 bits of an address.</summary>
    internal static unsafe uint TopOf(TKey address) => uint.CreateTruncating(address >>> (sizeof(TKey) * 8 - CoverBitsMax));

    /// <summary>The route of the longest prefix that holds the address; null for none.</summary>
    internal Route? Find(TKey address)
    {
        uint top = TopOf(address);
        PrefixBucket<TKey>[]? page = _pages[top / BucketsPerPage];
        if (page is null) return _default;
        ref readonly PrefixBucket<TKey> bucket = ref page[top % BucketsPerPage];
        if (bucket.Routes is not { } routes) return bucket.Cover ?? _default;
        int range = bucket.Starts is { } starts ? LastNotBeyond(starts, address) : bucket.RangeOf(ThirdByteOf(address));
        return routes[range] ?? bucket.Cover ?? _default;
    }

    /// <summary>Bits 17 to 24 of an address, from the first.</summary>
    internal static unsafe int ThirdByteOf(TKey address) => int.CreateTruncating(address >>> (sizeof(TKey) * 8 - DirectBitsMax)) & 0xFF;

    private static int LastNotBeyond(TKey[] starts, TKey address)
    {
        // Halving with a conditional move. The first start is the bucket's first address.
        int index = 0;
        for (int count = starts.Length; count > 1;)
        {
            int half = count >> 1;
            index = starts[index + half] <= address ? index + half : index;
            count -= half;
        }

        return index;
    }

    /// <summary>The routes to exactly this prefix, best first; null for none.</summary>
    internal Route? FindExact(IpPrefix prefix)
    {
        if (prefix.LengthBits <= CoverBitsMax) return FindIn(_coverRoutes, prefix);
        uint top = TopOf(TKey.CreateTruncating(prefix.Network.Bits));
        return _pages[top / BucketsPerPage] is { } page ? FindIn(page[top % BucketsPerPage].Members, prefix) : null;
    }

    /// <summary>The best route to each prefix, in no order that callers may rely on.</summary>
    internal IEnumerable<Route> All()
    {
        foreach (Route route in _coverRoutes)
            yield return route;
        foreach (PrefixBucket<TKey>[]? page in _pages)
        {
            for (int i = 0; page is not null && i < page.Length; i++)
            {
                foreach (Route route in page[i].Members ?? [])
                    yield return route;
            }
        }
    }

    private static Route? FindIn(ReadOnlySpan<Route> routes, IpPrefix prefix)
    {
        int low = 0;
        int high = routes.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = IpPrefix.Compare(routes[middle].Destination, prefix);
            if (order == 0) return routes[middle];
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return null;
    }
}
