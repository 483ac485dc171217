using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Natflow.Core;

/// <summary>An IPv6 prefix in CIDR notation. Addresses without a length are /128.</summary>
public readonly record struct Ipv6Prefix
{
    private readonly ulong _maskHighBe;
    private readonly ulong _maskLowBe;

    /// <summary>Makes a prefix; bits beyond its length are cleared.</summary>
    /// <param name="address">Any address in it.</param>
    /// <param name="lengthBits">0 to 128.</param>
    public Ipv6Prefix(Ipv6Address address, int lengthBits)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(lengthBits is >= 0 and <= 128, true, nameof(lengthBits));
        LengthBits = lengthBits;
        _maskHighBe = MaskBe(Math.Min(lengthBits, 64));
        _maskLowBe = MaskBe(Math.Max(lengthBits - 64, 0));
        Network = new Ipv6Address(address.HighBe & _maskHighBe, address.LowBe & _maskLowBe);
    }

    /// <summary>First address.</summary>
    public Ipv6Address Network { get; }

    /// <summary>Prefix length, 0 to 128.</summary>
    public int LengthBits { get; }

    /// <summary>Whether an address lies in the prefix.</summary>
    public bool Contains(in Ipv6Address address) =>
        ((address.HighBe & _maskHighBe) ^ Network.HighBe | (address.LowBe & _maskLowBe) ^ Network.LowBe) == 0;

    /// <summary>The address with its first bits replaced by the prefix.</summary>
    public Ipv6Address Replace(in Ipv6Address address) =>
        new(Network.HighBe | (address.HighBe & ~_maskHighBe), Network.LowBe | (address.LowBe & ~_maskLowBe));

    /// <summary>Whether the two prefixes share an address.</summary>
    public bool Overlaps(Ipv6Prefix other) => Contains(other.Network) || other.Contains(Network);

    /// <summary>Reads <c>2001:db8::/32</c> or an address.</summary>
    /// <param name="text">The text.</param>
    /// <param name="prefix">The prefix on success.</param>
    /// <param name="error">What is wrong and what was expected, on failure.</param>
    public static bool TryParse(string text, out Ipv6Prefix prefix, [NotNullWhen(false)] out string? error)
    {
        prefix = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        int lengthBits = 128;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), out lengthBits) || lengthBits is < 0 or > 128))
        {
            error = $"'{text}': the prefix length must be 0 to 128";
            return false;
        }

        if (!Ipv6Address.TryParse(slash < 0 ? text : text[..slash], out Ipv6Address address))
        {
            error = $"'{text}': not an IPv6 address or prefix such as 2001:db8::/32";
            return false;
        }

        prefix = new Ipv6Prefix(address, lengthBits);
        if (prefix.Network != address && slash >= 0)
        {
            error = $"'{text}': bits are set behind the prefix length; {prefix.Network}/{lengthBits} is the prefix";
            return false;
        }

        error = null;
        return true;
    }

    /// <summary>Text in CIDR notation.</summary>
    public override string ToString() => $"{Network}/{LengthBits}";

    private static ulong MaskBe(int bits)
    {
        ulong mask = bits == 0 ? 0 : ulong.MaxValue << (64 - bits);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(mask) : mask;
    }
}
