using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Offload.Xdp;

/// <summary>What a rewrite adds to the complement of a checksum (RFC 1624 equation 3), over words as they lie in memory.</summary>
internal static class PpeChecksum
{
    /// <summary>The TTL's step: its byte is the first of its word on the wire.</summary>
    internal static uint HopStep { get; } = BitConverter.IsLittleEndian ? 0xFFFEu : 0xFEFFu; // ~0x0001 or ~0x0100: one less of the first byte.

    /// <summary>Sum of the 16-bit words of a value.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Of constant size.
    internal static uint Sum<T>(ref readonly T value)
        where T : unmanaged
    {
        uint sum = 0;
        foreach (ushort word in MemoryMarshal.Cast<T, ushort>(new ReadOnlySpan<T>(in value)))
            sum += word;
        return sum;
    }

    /// <summary>Sum of the complements: what taking the value away adds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Of constant size.
    internal static uint Away<T>(ref readonly T value)
        where T : unmanaged
    {
        uint sum = 0;
        foreach (ushort word in MemoryMarshal.Cast<T, ushort>(new ReadOnlySpan<T>(in value)))
            sum += (ushort)~word;
        return sum;
    }

    /// <summary>End-around carry down to 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Four operations.
    internal static ushort Fold(uint sum)
    {
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)((sum & 0xFFFF) + (sum >> 16));
    }
}
