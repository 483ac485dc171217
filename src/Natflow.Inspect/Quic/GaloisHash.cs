using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Natflow.Inspect.Quic;

/// <summary>GHASH (NIST SP 800-38D section 6.4) by carry-less multiplication. Only where <see cref="IsSupported"/>.</summary>
internal struct GaloisHash
{
    private const int BlockBytes = 16;

    private readonly Vector128<ulong> _key;
    private readonly Vector128<ulong> _key2;
    private readonly Vector128<ulong> _key3;
    private readonly Vector128<ulong> _key4;
    private Vector128<ulong> _state;

    /// <summary>Begins a hash.</summary>
    /// <param name="key">The cipher's encryption of zero.</param>
    internal GaloisHash(Vector128<byte> key)
    {
        _key = Reverse(key);
        _key2 = Multiply(_key, _key);
        _key3 = Multiply(_key2, _key);
        _key4 = Multiply(_key3, _key);
    }

    /// <summary>The processor has the instructions.</summary>
    internal static bool IsSupported => Pclmulqdq.IsSupported && Sse2.IsSupported;

    /// <summary>The hash so far.</summary>
    internal readonly Vector128<byte> Value => Reverse(_state.AsByte()).AsByte();

    /// <summary>Hashes bytes, the last block filled up with zeros.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 4 * BlockBytes; bytes = bytes[(4 * BlockBytes)..])
            AddFour(bytes);
        for (; bytes.Length >= BlockBytes; bytes = bytes[BlockBytes..])
            Add(Vector128.Create(bytes));
        if (bytes.IsEmpty) return;
        Span<byte> last = stackalloc byte[BlockBytes];
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

    // Four blocks by descending powers of the key: their products are summed first and reduced once.
    private void AddFour(ReadOnlySpan<byte> blocks)
    {
        var product = default(Product);
        product.Add(_state ^ Reverse(Vector128.Create(blocks)), _key4);
        product.Add(Reverse(Vector128.Create(blocks[BlockBytes..])), _key3);
        product.Add(Reverse(Vector128.Create(blocks[(2 * BlockBytes)..])), _key2);
        product.Add(Reverse(Vector128.Create(blocks[(3 * BlockBytes)..])), _key);
        _state = product.Reduce();
    }

    private static Vector128<ulong> Multiply(Vector128<ulong> a, Vector128<ulong> b)
    {
        var product = default(Product);
        product.Add(a, b);
        return product.Reduce();
    }

    private static Vector128<ulong> Up(Vector128<ulong> value, [ConstantExpected] byte byteCount) => Sse2.ShiftLeftLogical128BitLane(value, byteCount);

    private static Vector128<ulong> Down(Vector128<ulong> value, [ConstantExpected] byte byteCount) => Sse2.ShiftRightLogical128BitLane(value, byteCount);

    // Sum of products of field elements with reflected bits: 256 bits, then one shift to the left and the reduction by x^128 + x^7 + x^2 + x + 1.
    private struct Product
    {
        private Vector128<ulong> _low;
        private Vector128<ulong> _middle;
        private Vector128<ulong> _high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)] // Most of the cost of a block.
        internal void Add(Vector128<ulong> a, Vector128<ulong> b)
        {
            _low ^= Pclmulqdq.CarrylessMultiply(a, b, 0x00);
            _middle ^= Pclmulqdq.CarrylessMultiply(a, b, 0x10) ^ Pclmulqdq.CarrylessMultiply(a, b, 0x01);
            _high ^= Pclmulqdq.CarrylessMultiply(a, b, 0x11);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)] // The rest of it.
        internal readonly Vector128<ulong> Reduce()
        {
            Vector128<ulong> low = _low ^ Up(_middle, 8);
            Vector128<ulong> high = _high ^ Down(_middle, 8);
            Vector128<uint> lowCarry = low.AsUInt32() >>> 31;
            Vector128<uint> highCarry = high.AsUInt32() >>> 31;
            Vector128<uint> lowWords = (low.AsUInt32() << 1) | Up(lowCarry.AsUInt64(), 4).AsUInt32();
            Vector128<uint> highWords = (high.AsUInt32() << 1) | Up(highCarry.AsUInt64(), 4).AsUInt32() | Down(lowCarry.AsUInt64(), 12).AsUInt32();

            Vector128<uint> folded = (lowWords << 31) ^ (lowWords << 30) ^ (lowWords << 25);
            lowWords ^= Up(folded.AsUInt64(), 12).AsUInt32();
            Vector128<uint> reduced = (lowWords >>> 1) ^ (lowWords >>> 2) ^ (lowWords >>> 7) ^ Down(folded.AsUInt64(), 4).AsUInt32();
            return (highWords ^ lowWords ^ reduced).AsUInt64();
        }
    }
}
