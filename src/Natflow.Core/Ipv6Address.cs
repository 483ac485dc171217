using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Core;

/// <summary>An IPv6 address as it lies in a packet: two words in network byte order, compared and stored without a swap.</summary>
/// <param name="HighBe">First 8 bytes.</param>
/// <param name="LowBe">Last 8 bytes.</param>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
public readonly record struct Ipv6Address(ulong HighBe, ulong LowBe)
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 16;

    /// <summary>The unspecified address (::).</summary>
    public bool IsUnspecified => (HighBe | LowBe) == 0;

    /// <summary>Reads an address from the start of a span of at least 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two loads.
    public static Ipv6Address Read(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<Ipv6Address>(bytes);

    /// <summary>Writes the address to the start of a span of at least 16 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two stores.
    public void Write(Span<byte> bytes) => MemoryMarshal.Write(bytes, in this);

    /// <summary>Reads an address in text (RFC 4291 section 2.2), without zone.</summary>
    public static bool TryParse(string text, out Ipv6Address address)
    {
        address = default;
        if (text.Contains('%', StringComparison.Ordinal) || text.Contains('[', StringComparison.Ordinal)
            || !IPAddress.TryParse(text, out IPAddress? parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[SizeBytes];
        _ = parsed.TryWriteBytes(bytes, out _);
        address = Read(bytes);
        return true;
    }

    /// <summary>The address of a number in host byte order.</summary>
    public static Ipv6Address Of(UInt128 address) => BitConverter.IsLittleEndian
        ? new Ipv6Address(BinaryPrimitives.ReverseEndianness((ulong)(address >> 64)), BinaryPrimitives.ReverseEndianness((ulong)address))
        : new Ipv6Address((ulong)(address >> 64), (ulong)address);

    /// <summary>The address as a number.</summary>
    public UInt128 ToUInt128() => BitConverter.IsLittleEndian
        ? new UInt128(BinaryPrimitives.ReverseEndianness(HighBe), BinaryPrimitives.ReverseEndianness(LowBe))
        : new UInt128(HighBe, LowBe);

    /// <summary>Text of RFC 5952.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        Write(bytes);
        return new IPAddress(bytes).ToString();
    }
}
