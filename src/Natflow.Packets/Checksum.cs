using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Natflow.Packets;

/// <summary>The Internet checksum (RFC 1071) and its incremental update (RFC 1624).</summary>
/// <remarks>
/// All 16-bit words and checksums are taken as they lie in memory, in network order, without a swap: a one's complement sum of
/// swapped words is the swapped sum (RFC 1071 section 2B), so what is computed from words as loaded can be stored as it is.
/// </remarks>
public static class Checksum
{
    /// <summary>Checksum of the bytes, to be stored as it is; 0 over bytes that hold a right checksum.</summary>
    /// <param name="bytes">Any length; an odd last byte is padded with zero.</param>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => Finish(Sum(bytes));

    /// <summary>Complement of a sum: the checksum.</summary>
    public static ushort Finish(ulong sum) => (ushort)~Fold(sum);

    /// <summary>One's complement sum, unfolded, to be added to others. Pieces before the last must have an even length.</summary>
    /// <remarks>No allocation; 32 bytes a step where the processor has vectors of that size, else 8.</remarks>
    public static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        if (Vector256.IsHardwareAccelerated && bytes.Length >= Vector256<byte>.Count)
        {
            // Words of 32 bits in lanes of 64 cannot overflow within any length a span can have.
            Vector256<ulong> lanes = Vector256<ulong>.Zero;
            do
            {
                Vector256<ulong> words = Vector256.Create(bytes).AsUInt64();
                lanes += (words & Vector256.Create((ulong)uint.MaxValue)) + (words >>> 32);
                bytes = bytes[Vector256<byte>.Count..];
            }
            while (bytes.Length >= Vector256<byte>.Count);
            sum = Vector256.Sum(lanes);
        }

        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            ulong word = MemoryMarshal.Read<ulong>(bytes);
            sum += (uint)word + (word >> 32);
        }

        for (; bytes.Length >= sizeof(ushort); bytes = bytes[sizeof(ushort)..])
            sum += MemoryMarshal.Read<ushort>(bytes);
        if (bytes.Length != 0) sum += BitConverter.IsLittleEndian ? bytes[0] : (ulong)bytes[0] << 8;
        return sum;
    }

    /// <summary>Sum of the IPv4 pseudo header (RFC 793, RFC 768).</summary>
    /// <param name="srcAddrBe">Network order.</param>
    /// <param name="dstAddrBe">Network order.</param>
    /// <param name="protocol">IP protocol.</param>
    /// <param name="l4Bytes">Transport header and payload, 0 to 65,535.</param>
    public static ulong PseudoHeaderSum(uint srcAddrBe, uint dstAddrBe, byte protocol, int l4Bytes) =>
        (ulong)srcAddrBe + dstAddrBe + Wire.Swap(protocol) + Wire.Swap((ushort)l4Bytes);

    /// <summary>Sum of the IPv6 pseudo header (RFC 8200 section 8.1).</summary>
    /// <param name="addresses">Source and destination, 32 bytes, as they lie in the IPv6 header.</param>
    /// <param name="protocol">The transport's protocol number, not that of the first extension header.</param>
    /// <param name="l4Bytes">Transport header and payload, 0 to 65,535: there are no jumbograms here.</param>
    public static ulong PseudoHeaderSumV6(ReadOnlySpan<byte> addresses, byte protocol, int l4Bytes) =>
        Sum(addresses[..32]) + Wire.Swap(protocol) + Wire.Swap((ushort)l4Bytes);

    /// <summary>What replacing a word adds to a one's complement sum: ~m + m' of RFC 1624 equation 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A handful of additions.
    public static ushort Delta(ushort oldWordBe, ushort newWordBe) => Fold32((uint)(ushort)~oldWordBe + newWordBe);

    /// <inheritdoc cref="Delta(ushort, ushort)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A handful of additions.
    public static ushort Delta(uint oldWordBe, uint newWordBe) =>
        Fold32((~oldWordBe & 0xFFFF) + (~oldWordBe >> 16) + (newWordBe & 0xFFFF) + (newWordBe >> 16));

    /// <summary>The delta of two changes made together.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A handful of additions.
    public static ushort Combine(ushort delta1, ushort delta2) => Fold32((uint)delta1 + delta2);

    /// <summary>The delta that undoes a delta: for the reverse direction of a flow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One complement.
    public static ushort Negate(ushort delta) => (ushort)~delta;

    /// <summary>HC' = ~(~HC + ~m + m') (RFC 1624 equation 3), which unlike RFC 1141 never turns a right checksum into the other zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A handful of additions.
    public static ushort Apply(ushort checksumBe, ushort delta) => (ushort)~Fold32((uint)(ushort)~checksumBe + delta);

    /// <summary>As <see cref="Apply"/>, by the zero rule of UDP over IPv4 (RFC 768): 0 says "none" and stays 0; a result of 0 is sent as 0xFFFF.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A handful of additions.
    public static ushort ApplyUdp(ushort checksumBe, ushort delta)
    {
        if (checksumBe == 0) return 0;
        ushort applied = Apply(checksumBe, delta);
        return applied == 0 ? ushort.MaxValue : applied;
    }

    /// <summary>Folds carries back in until 16 bits are left.</summary>
    internal static ushort Fold(ulong sum)
    {
        sum = (sum & uint.MaxValue) + (sum >> 32);
        sum = (sum & uint.MaxValue) + (sum >> 32);
        return Fold32((uint)(sum & 0xFFFF) + (uint)(sum >> 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Twice: the first fold can carry once more.
    private static ushort Fold32(uint sum)
    {
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)(sum + (sum >> 16));
    }
}
