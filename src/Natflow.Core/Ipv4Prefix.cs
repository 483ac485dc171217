using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Natflow.Core;

/// <summary>An IPv4 prefix in CIDR notation, host order inside. Addresses without a length are /32.</summary>
public readonly record struct Ipv4Prefix
{
    private Ipv4Prefix(uint network, int lengthBits)
    {
        Network = network;
        LengthBits = lengthBits;
    }

    /// <summary>First address, host byte order; host bits are zero.</summary>
    public uint Network { get; }

    /// <summary>Prefix length, 0 to 32.</summary>
    public int LengthBits { get; }

    /// <summary>Last address, host byte order.</summary>
    public uint Last => Network | ~Mask;

    private uint Mask => LengthBits == 0 ? 0 : uint.MaxValue << (32 - LengthBits);

    /// <summary>Whether the address (host byte order) lies in the prefix.</summary>
    public bool Contains(uint address) => (address & Mask) == Network;

    /// <summary>Whether the two prefixes share an address.</summary>
    public bool Overlaps(Ipv4Prefix other) => Contains(other.Network) || other.Contains(Network);

    /// <summary>Reads <c>a.b.c.d/len</c> or <c>a.b.c.d</c>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="prefix">The prefix on success.</param>
    /// <param name="error">What is wrong and what was expected, on failure.</param>
    public static bool TryParse(string text, out Ipv4Prefix prefix, [NotNullWhen(false)] out string? error)
    {
        prefix = default;
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string addressText = slash < 0 ? text : text[..slash];
        int lengthBits = 32;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), out lengthBits) || lengthBits is < 0 or > 32))
        {
            error = $"'{text}': the prefix length must be 0 to 32";
            return false;
        }

        if (!TryParseAddress(addressText, out uint address))
        {
            error = $"'{text}': not an IPv4 address or prefix such as 192.168.0.0/16";
            return false;
        }

        var candidate = new Ipv4Prefix(address, lengthBits);
        if ((address & ~candidate.Mask) != 0)
        {
            error = $"'{text}': host bits are set; the prefix is {ToText(address & candidate.Mask)}/{lengthBits}";
            return false;
        }

        prefix = candidate;
        error = null;
        return true;
    }

    /// <summary>Reads a dotted quad with four decimal parts into host byte order; shorthand such as <c>10.1</c> is refused.</summary>
    public static bool TryParseAddress(string text, out uint address)
    {
        address = 0;
        if (text.AsSpan().Count('.') != 3 || !IPAddress.TryParse(text, out IPAddress? parsed)
            || parsed.AddressFamily != AddressFamily.InterNetwork)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[4];
        bool written = parsed.TryWriteBytes(bytes, out _);
        address = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        return written;
    }

    /// <summary>Dotted quad of an address in host byte order.</summary>
    public static string ToText(uint address) => $"{address >> 24}.{(address >> 16) & 0xFF}.{(address >> 8) & 0xFF}.{address & 0xFF}";

    /// <summary>Dotted quad of an address in network byte order as it lies in a packet.</summary>
    public static string ToTextBe(uint addressBe) =>
        ToText(BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(addressBe) : addressBe);

    /// <inheritdoc />
    public override string ToString() => $"{ToText(Network)}/{LengthBits}";
}
