using System.Runtime.CompilerServices;

using Natflow.Core;

namespace Natflow.Packets.Family;

/// <summary>
/// An IPv6 prefix that stands for the IPv4 internet (RFC 6052): an IPv4 address lies behind its 32, 40, 48, 56, 64 or 96 bits, stepping over
/// bits 64 to 71, which are 0.
/// </summary>
public readonly record struct Nat64Prefix
{
    private const int ReservedByte = 8;

    private readonly int _bytes;

    /// <summary>Takes a prefix.</summary>
    /// <param name="prefix">Of a legal length, with bits 64 to 71 zero.</param>
    /// <exception cref="ArgumentException">It has another length or those bits set.</exception>
    public Nat64Prefix(Ipv6Prefix prefix)
    {
        if (Check(prefix) is { } error)
            throw new ArgumentException(error, nameof(prefix));
        Prefix = prefix;
        _bytes = prefix.LengthBits / 8;
    }

    /// <summary>The well-known prefix 64:ff9b::/96 (RFC 6052 section 2.1), which never stands for private addresses.</summary>
    public static Ipv6Prefix WellKnown { get; } = Ipv6Prefix.TryParse("64:ff9b::/96", out Ipv6Prefix prefix, out string? error)
        ? prefix
        : throw new FormatException(error);

    /// <summary>The prefix.</summary>
    public Ipv6Prefix Prefix { get; }

    /// <summary>What is wrong with a prefix, in words, or null.</summary>
    public static string? Check(Ipv6Prefix prefix)
    {
        if (prefix.LengthBits is not (32 or 40 or 48 or 56 or 64 or 96))
            return $"{prefix}: 32, 40, 48, 56, 64 or 96 bits are needed (RFC 6052 section 2.2)";
        Span<byte> bytes = stackalloc byte[Ipv6Address.SizeBytes];
        prefix.Network.Write(bytes);
        return bytes[ReservedByte] != 0 ? $"{prefix}: bits 64 to 71 must be zero (RFC 6052 section 2.2)" : null;
    }

    /// <summary>Whether an address lies in the prefix.</summary>
    public bool Contains(in Ipv6Address address) => Prefix.Contains(in address);

    /// <summary>The IPv6 address that stands for an IPv4 address (network order).</summary>
    public Ipv6Address Embed(uint addressBe)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Address.SizeBytes];
        Prefix.Network.Write(bytes);
        Span<byte> ipv4 = stackalloc byte[sizeof(uint)];
        BitConverter.TryWriteBytes(ipv4, addressBe);
        for (int i = 0; i < ipv4.Length; i++)
            bytes[Position(i)] = ipv4[i];
        return Ipv6Address.Read(bytes);
    }

    /// <summary>The IPv4 address (network order) that an address stands for; false outside the prefix and where bits 64 to 71 are set.</summary>
    public bool TryExtract(in Ipv6Address address, out uint addressBe)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Address.SizeBytes];
        address.Write(bytes);
        Span<byte> ipv4 = stackalloc byte[sizeof(uint)];
        for (int i = 0; i < ipv4.Length; i++)
            ipv4[i] = bytes[Position(i)];
        addressBe = BitConverter.ToUInt32(ipv4);
        return Contains(in address) && (_bytes == 12 || bytes[ReservedByte] == 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // An addition and a comparison.
    private int Position(int index)
    {
        int position = _bytes + index;
        return _bytes <= ReservedByte && position >= ReservedByte ? position + 1 : position;
    }
}
