using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using Natflow.Core;

namespace Natflow.Policy;

/// <summary>An address of either family, as rules, sets and users hold it. Two families never compare equal, whatever their bits.</summary>
public readonly record struct IpAddress
{
    private const int GroupCount = 8;

    private IpAddress(UInt128 value, bool isIpv6)
    {
        Value = value;
        IsIpv6 = isIpv6;
    }

    /// <summary>The address as a number; IPv4 in the low 32 bits.</summary>
    public UInt128 Value { get; }

    /// <summary>Whether it is an IPv6 address.</summary>
    public bool IsIpv6 { get; }

    /// <summary>Bits of an address of the family: 32 or 128.</summary>
    public int WidthBits => IsIpv6 ? 128 : 32;

    /// <summary>An IPv4 address.</summary>
    /// <param name="address">Host byte order.</param>
    public static IpAddress FromIpv4(uint address) => new(address, isIpv6: false);

    /// <summary>An IPv6 address.</summary>
    public static IpAddress FromIpv6(in Ipv6Address address) => new(address.ToUInt128(), isIpv6: true);

    /// <summary>An IPv6 address from its number.</summary>
    public static IpAddress FromIpv6(UInt128 value) => new(value, isIpv6: true);

    /// <summary>Reads a dotted quad of decimal parts, or IPv6 text (RFC 4291 section 2.2) without zone and brackets. Octal and shorthand IPv4 are refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        if (text.Contains(':'))
            return TryParseIpv6(text, out address);
        if (!TryParseIpv4(text, out uint value))
            return false;
        address = FromIpv4(value);
        return true;
    }

    /// <summary>Dotted quad, or IPv6 text as RFC 5952 has it.</summary>
    public override string ToString()
    {
        if (!IsIpv6)
            return Ipv4Prefix.ToText((uint)Value);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return new IPAddress(bytes).ToString();
    }

    /// <summary>Dotted quad, or eight groups of four lower-case hexadecimal digits: the form of listings.</summary>
    public string ToFullText()
    {
        if (!IsIpv6)
            return Ipv4Prefix.ToText((uint)Value);
        UInt128 value = Value;
        return string.Join(':', Enumerable.Range(0, GroupCount).Select(group => ((ushort)(value >> (112 - (16 * group)))).ToString("x4", CultureInfo.InvariantCulture)));
    }

    private static bool TryParseIpv6(ReadOnlySpan<char> text, out IpAddress address)
    {
        address = default;
        if (text.ContainsAny("%[]/") || !IPAddress.TryParse(text, out IPAddress? parsed) || parsed.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            return false;
        Span<byte> bytes = stackalloc byte[16];
        _ = parsed.TryWriteBytes(bytes, out _);
        address = FromIpv6(BinaryPrimitives.ReadUInt128BigEndian(bytes));
        return true;
    }

    private static bool TryParseIpv4(ReadOnlySpan<char> text, out uint address)
    {
        address = 0;
        int parts = 0;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> part = text[range];
            if (++parts > 4 || part.Length is 0 or > 3 || part is ['0', _, ..] || part.ContainsAnyExceptInRange('0', '9'))
                return false;
            uint value = uint.Parse(part, NumberStyles.None, CultureInfo.InvariantCulture);
            if (value > byte.MaxValue)
                return false;
            address = (address << 8) | value;
        }

        return parts == 4;
    }
}
