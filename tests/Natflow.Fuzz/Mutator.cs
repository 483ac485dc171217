using System.Buffers.Binary;
using Natflow.Testing;

namespace Natflow.Fuzz;

/// <summary>Changes inputs: bits, bytes, lengths, pieces of others. Seeded, so that a find can be repeated.</summary>
public sealed class Mutator(Prng prng)
{
    private const int ChangesMax = 6;
    private const int PieceBytesMax = 64;

    private static readonly uint[] Interesting = [0, 1, 2, 3, 4, 16, 63, 64, 127, 128, 255, 256, 1023, 1500, 4095, 16_383, 16_384, 32_767, 32_768, 65_535, 65_536, int.MaxValue, uint.MaxValue];

    /// <summary>Makes a new input.</summary>
    /// <param name="parent">Where it begins.</param>
    /// <param name="other">Where pieces come from.</param>
    /// <param name="bytesMax">Its greatest length.</param>
    public byte[] Mutate(byte[] parent, byte[] other, int bytesMax)
    {
        var bytes = new List<byte>(parent);
        for (int change = prng.Next(ChangesMax); change >= 0; change--)
            Change(bytes, other);
        if (bytes.Count > bytesMax) bytes.RemoveRange(bytesMax, bytes.Count - bytesMax);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int kind = prng.Next(9);
        if (bytes.Count == 0) kind = 5;
        int at = prng.Next(bytes.Count + (kind == 5 ? 1 : 0));
        switch (kind)
        {
            case 0:
                bytes[at] ^= (byte)(1 << prng.Next(8));
                break;
            case 1:
                bytes[at] = (byte)prng.NextULong();
                break;
            case 2:
                Overwrite(bytes, at);
                break;
            case 3:
                bytes.RemoveRange(at, 1 + prng.Next(Math.Min(PieceBytesMax, bytes.Count - at)));
                break;
            case 4:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 5:
                bytes.Insert(at, (byte)prng.NextULong());
                break;
            case 6:
                bytes.InsertRange(at, Piece([.. bytes]));
                break;
            case 7:
                bytes.InsertRange(at, Piece(other));
                break;
            default:
                bytes[at] += (byte)(prng.Next(2) == 0 ? 1 : 255);
                break;
        }
    }

    // A number that often is a limit, in two or four bytes of either order.
    private void Overwrite(List<byte> bytes, int at)
    {
        Span<byte> word = stackalloc byte[4];
        uint value = Interesting[prng.Next(Interesting.Length)];
        int width = prng.Next(2) == 0 ? 2 : 4;
        if (prng.Next(2) == 0) BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        else BinaryPrimitives.WriteUInt32BigEndian(word, width == 2 ? value << 16 : value);
        for (int i = 0; i < width && at + i < bytes.Count; i++)
            bytes[at + i] = word[i];
    }

    private byte[] Piece(byte[] from)
    {
        if (from.Length == 0) return [];
        int start = prng.Next(from.Length);
        return from[start..(start + 1 + prng.Next(Math.Min(PieceBytesMax, from.Length - start)))];
    }
}
