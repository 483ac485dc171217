using System.Numerics;

namespace Natflow.Netlink.Model;

/// <summary>What a prefix table knows of the addresses that share their first 16 bits. Immutable once published.</summary>
/// <typeparam name="TKey">Number of an address, host order.</typeparam>
internal struct PrefixBucket<TKey>
    where TKey : unmanaged, IBinaryInteger<TKey>
{
    /// <summary>First address of each range, ascending; the first is the bucket's first address. Null: no prefix longer than 16.</summary>
    internal TKey[]? Starts;

    /// <summary>The route of each range; null where only <see cref="Cover"/> applies.</summary>
    internal Route?[]? Routes;

    /// <summary>All prefixes longer than 16 in the bucket, in the order of <see cref="IpPrefix.Compare"/>.</summary>
    internal Route[]? Members;

    /// <summary>The longest prefix of at most 16 bits that holds the whole bucket.</summary>
    internal Route? Cover;
}
