using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Natflow.Inspect.Quic;

/// <summary>GHASH (NIST SP 800-38D section 6.4) by carry-less multiplication. Only where <see cref="IsSupported"/>.</summary>
internal struct GaloisHash
{
    private readonly Vector128<ulong> _key;
    private Vector128<ulong> _state;

    /// <summary>Begins a hash.</summary>
    /// <param name="key">The cipher's encryption of zero.</param>
    internal GaloisHash(Vector128<byte> key) => _key = Reverse(key);

    /// <summary>The processor has the instructions.</summary>
    internal static bool IsSupported => Pclmulqdq.IsSupported && Sse2.IsSupported;

    /// <summary>The hash so far.</summary>
    internal readonly Vector128<byte> Value => Reverse(_state.AsByte()).AsByte();

    /// <summary>Hashes bytes, the last block filled up with zeros.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 16; bytes = bytes[16..])
            Add(Vector128.Create(bytes));
        if (bytes.IsEmpty) return;
        Span<byte> last = stackalloc byte[16];
        last.Clear();
        bytes.CopyTo(last);
        Add(Vector128.Create<byte>(last));
    }

    /// <summary>Hashes the block of both lengths, which ends the hash.</summary>
    /// <param name="headerBytes">Bytes of associated data.</param>
    /// <param name="cipherBytes">Bytes of cipher text.</param>
    internal void AddLengths(int headerBytes, int cipherBytes) =>
        _state = Multiply(_state ^ Vector128.Create((ulong)cipherBytes * 8, (ulong)headerBytes * 8), _key);

    private void Add(Vector128<byte> block) => _state = Multiply(_state ^ Reverse(block), _key);

    private static Vector128<ulong> Reverse(Vector128<byte> block) => Vector128.Shuffle(
        block, Vector128.Create((byte)15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)).AsUInt64();

    // Product of two field elements with reflected bits: a 256-bit product, one shift to the left, then the reduction by x^128 + x^7 + x^2 + x + 1.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The whole cost of a block.
    private static Vector128<ulong> Multiply(Vector128<ulong> a, Vector128<ulong> b)
    {
        Vector128<ulong> low = Pclmulqdq.CarrylessMultiply(a, b, 0x00);
        Vector128<ulong> high = Pclmulqdq.CarrylessMultiply(a, b, 0x11);
        Vector128<ulong> middle = Pclmulqdq.CarrylessMultiply(a, b, 0x10) ^ Pclmulqdq.CarrylessMultiply(a, b, 0x01);
        low ^= Up(middle, 8);
        high ^= Down(middle, 8);

        Vector128<uint> lowCarry = low.AsUInt32() >>> 31;
        Vector128<uint> highCarry = high.AsUInt32() >>> 31;
        Vector128<uint> lowWords = (low.AsUInt32() << 1) | Up(lowCarry.AsUInt64(), 4).AsUInt32();
        Vector128<uint> highWords = (high.AsUInt32() << 1) | Up(highCarry.AsUInt64(), 4).AsUInt32() | Down(lowCarry.AsUInt64(), 12).AsUInt32();

        Vector128<uint> folded = (lowWords << 31) ^ (lowWords << 30) ^ (lowWords << 25);
        lowWords ^= Up(folded.AsUInt64(), 12).AsUInt32();
        Vector128<uint> reduced = (lowWords >>> 1) ^ (lowWords >>> 2) ^ (lowWords >>> 7) ^ Down(folded.AsUInt64(), 4).AsUInt32();
        return (highWords ^ lowWords ^ reduced).AsUInt64();
    }

    private static Vector128<ulong> Up(Vector128<ulong> value, [ConstantExpected] byte byteCount) => Sse2.ShiftLeftLogical128BitLane(value, byteCount);

    private static Vector128<ulong> Down(Vector128<ulong> value, [ConstantExpected] byte byteCount) => Sse2.ShiftRightLogical128BitLane(value, byteCount);
}
