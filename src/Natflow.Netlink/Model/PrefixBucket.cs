using System.Numerics;

namespace Natflow.Netlink.Model;

/// <summary>What a prefix table knows of the addresses that share their first 16 bits. Immutable once published.</summary>
/// <typeparam name="TKey">Number of an address, host order.</typeparam>
internal struct PrefixBucket<TKey>
    where TKey : unmanaged, IBinaryInteger<TKey>
{
    /// <summary>
    /// Where no prefix of the bucket is longer than 24: bit n says that a range starts where the third byte of the address is n. Bit 0 is set.
    /// </summary>
    internal ulong Bits0;

    /// <summary>Bits 64 to 127.</summary>
    internal ulong Bits1;

    /// <summary>Bits 128 to 191.</summary>
    internal ulong Bits2;

    /// <summary>Bits 192 to 255.</summary>
    internal ulong Bits3;

    /// <summary>The route of each range; null where only <see cref="Cover"/> applies. Null as a whole: no prefix longer than 16.</summary>
    internal Route?[]? Routes;

    /// <summary>Where a prefix is longer than 24: first address of each range, ascending, from the bucket's first on. Else null.</summary>
    internal TKey[]? Starts;

    /// <summary>All prefixes longer than 16 in the bucket, in the order of <see cref="IpPrefix.Compare"/>.</summary>
    internal Route[]? Members;

    /// <summary>The longest prefix of 1 to 16 bits that holds the whole bucket.</summary>
    internal Route? Cover;

    /// <summary>Index of the range that holds addresses with this third byte; only without <see cref="Starts"/>.</summary>
    internal readonly int RangeOf(int thirdByte)
    {
        ulong below = (2UL << (thirdByte & 63)) - 1; // Bits 0 to n; 2 << 63 is 0, and all bits are left.
        return (thirdByte >> 6) switch
        {
            0 => BitOperations.PopCount(Bits0 & below),
            1 => BitOperations.PopCount(Bits0) + BitOperations.PopCount(Bits1 & below),
            2 => BitOperations.PopCount(Bits0) + BitOperations.PopCount(Bits1) + BitOperations.PopCount(Bits2 & below),
            _ => BitOperations.PopCount(Bits0) + BitOperations.PopCount(Bits1) + BitOperations.PopCount(Bits2)
                + BitOperations.PopCount(Bits3 & below),
        } - 1;
    }

    /// <summary>Says that a range starts at a third byte.</summary>
    internal void Mark(int thirdByte)
    {
        ulong bit = 1UL << (thirdByte & 63);
        switch (thirdByte >> 6)
        {
            case 0:
                Bits0 |= bit;
                break;
            case 1:
                Bits1 |= bit;
                break;
            case 2:
                Bits2 |= bit;
                break;
            default:
                Bits3 |= bit;
                break;
        }
    }
}
