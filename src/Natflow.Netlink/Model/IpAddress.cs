using System.Buffers.Binary;
using System.Net;

namespace Natflow.Netlink.Model;

/// <summary>An IPv4 or IPv6 address as a number in host byte order; the default value is <see cref="None"/>.</summary>
public readonly record struct IpAddress
{
    private readonly byte _version;

    private IpAddress(UInt128 bits, byte version)
    {
        Bits = bits;
        _version = version;
    }

    /// <summary>No address at all; not the same as 0.0.0.0 or ::.</summary>
    public static IpAddress None => default;

    /// <summary>The number: 32 bits of IPv4, or 128 of IPv6.</summary>
    public UInt128 Bits { get; }

    /// <summary>Whether it is an IPv4 address.</summary>
    public bool IsIpv4 => _version == 4;

    /// <summary>Whether it is an IPv6 address.</summary>
    public bool IsIpv6 => _version == 6;

    /// <summary>Whether there is no address.</summary>
    public bool IsNone => _version == 0;

    /// <summary>32 or 128; 0 for <see cref="None"/>.</summary>
    public int WidthBits => _version switch { 4 => 32, 6 => 128, _ => 0 };

    /// <summary>The IPv4 number, host byte order; 0 for another.</summary>
    public uint Ipv4 => IsIpv4 ? (uint)Bits : 0;

    /// <summary>Whether it is in fe80::/10: its meaning depends on the link.</summary>
    public bool IsIpv6LinkLocal => IsIpv6 && Bits >> 118 == 0x3FA;

    /// <summary>An IPv4 address.</summary>
    /// <param name="address">Host byte order.</param>
    public static IpAddress FromIpv4(uint address) => new(address, 4);

    /// <summary>An IPv6 address.</summary>
    /// <param name="address">Host byte order: the first byte on the wire is the highest.</param>
    public static IpAddress FromIpv6(UInt128 address) => new(address, 6);

    /// <summary>Reads an address as it lies in a packet.</summary>
    /// <param name="bytes">4 or 16 bytes.</param>
    /// <param name="address">The address; <see cref="None"/> on failure.</param>
    /// <returns>False for another length.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out IpAddress address)
    {
        address = bytes.Length switch
        {
            4 => FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(bytes)),
            16 => FromIpv6(BinaryPrimitives.ReadUInt128BigEndian(bytes)),
            _ => None,
        };
        return !address.IsNone;
    }

    /// <summary>Reads the text of an address; for configuration and tests.</summary>
    public static bool TryParse(string text, out IpAddress address)
    {
        address = None;
        return IPAddress.TryParse(text, out IPAddress? parsed) && TryRead(parsed.GetAddressBytes(), out address);
    }

    /// <summary>Writes the address as it lies in a packet.</summary>
    /// <param name="bytes">At least 16.</param>
    /// <returns>Bytes written: 4, 16 or 0.</returns>
    public int Write(Span<byte> bytes)
    {
        if (IsIpv4) BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Bits);
        if (IsIpv6) BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
        return WidthBits / 8;
    }

    /// <summary>IPv4 before IPv6, then by number.</summary>
    public static int Compare(IpAddress left, IpAddress right) =>
        left._version != right._version ? left._version.CompareTo(right._version) : left.Bits.CompareTo(right.Bits);

    /// <summary>Dotted quad, or RFC 5952 text.</summary>
    public override string ToString()
    {
        if (IsNone) return "none";
        Span<byte> bytes = stackalloc byte[16];
        int lengthBytes = Write(bytes);
        return new IPAddress(bytes[..lengthBytes]).ToString();
    }
}
