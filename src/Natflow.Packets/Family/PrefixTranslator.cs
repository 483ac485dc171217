using System.Runtime.CompilerServices;

using Natflow.Core;
using Natflow.Packets.Ip;

namespace Natflow.Packets.Family;

/// <summary>
/// NPTv6 (RFC 6296): exchanges a prefix and makes up for it in one word of the address, so that no checksum over the address changes. Stateless, the
/// same both ways.
/// </summary>
public sealed class PrefixTranslator
{
    /// <summary>Longest prefix (RFC 6296 section 3.5): what lies behind it must hold the word.</summary>
    public const int PrefixBitsMax = 64;

    // Up to /48 the subnet makes up for it (RFC 6296 section 3.4), beyond it the first word of the interface identifier that is not all ones.
    private const int SubnetPrefixBitsMax = 48;
    private const int SubnetWord = 3;
    private const int IdentifierWord = 4;
    private const int Words = 8;

    private readonly ushort _outward;
    private readonly int _firstWord;
    private readonly int _lastWord;

    /// <summary>Pairs two prefixes.</summary>
    /// <param name="inside">The subscribers' prefix.</param>
    /// <param name="outside">The provider's prefix, as long as <paramref name="inside"/>, at most <see cref="PrefixBitsMax"/> bits.</param>
    public PrefixTranslator(Ipv6Prefix inside, Ipv6Prefix outside)
    {
        if (inside.LengthBits != outside.LengthBits || inside.LengthBits > PrefixBitsMax)
            throw new ArgumentException($"{inside} and {outside}: two prefixes of the same length up to {PrefixBitsMax} are needed", nameof(outside));
        Inside = inside;
        Outside = outside;
        _outward = Ipv6Rewriter.Delta(outside.Network, inside.Network);
        _firstWord = inside.LengthBits <= SubnetPrefixBitsMax ? SubnetWord : IdentifierWord;
        _lastWord = inside.LengthBits <= SubnetPrefixBitsMax ? SubnetWord : Words - 1;
    }

    /// <summary>The subscribers' prefix.</summary>
    public Ipv6Prefix Inside { get; }

    /// <summary>The provider's prefix.</summary>
    public Ipv6Prefix Outside { get; }

    /// <summary>An inside address as the outside sees it.</summary>
    /// <returns>False for an address that is not inside, or that no word can make up for (all ones): it is not to be forwarded.</returns>
    public bool TryToOutside(in Ipv6Address address, out Ipv6Address translated) => TryTranslate(in address, Inside, Outside, _outward, out translated);

    /// <summary>The reverse of <see cref="TryToOutside"/>.</summary>
    public bool TryToInside(in Ipv6Address address, out Ipv6Address translated) =>
        TryTranslate(in address, Outside, Inside, Checksum.Negate(_outward), out translated);

    private bool TryTranslate(in Ipv6Address address, Ipv6Prefix from, Ipv6Prefix to, ushort adjustment, out Ipv6Address translated)
    {
        translated = to.Replace(in address);
        if (!from.Contains(in address))
            return false;
        ref ushort words = ref Unsafe.As<Ipv6Address, ushort>(ref translated);
        for (int i = _firstWord; i <= _lastWord; i++)
        {
            ref ushort word = ref Unsafe.Add(ref words, i);
            if (word == ushort.MaxValue)
                continue;
            ushort sum = Checksum.Combine(word, adjustment);
            word = sum == ushort.MaxValue ? (ushort)0 : sum; // All ones is the other zero, and never the result.
            return true;
        }

        return false;
    }
}
