using System.Buffers.Binary;

namespace Natflow.Testing;

/// <summary>A small seeded generator (splitmix64): the same seed gives the same numbers on every machine and runtime.</summary>
public sealed class Prng
{
    private ulong _state;

    /// <summary>Starts the sequence that belongs to a seed.</summary>
    public Prng(int seed) => _state = (uint)seed;

    /// <summary>Next 64 bits.</summary>
    public ulong NextULong()
    {
        ulong mixed = _state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from 0 to <paramref name="max"/> - 1.</summary>
    public int Next(int max) => (int)(NextULong() % (uint)max);

    /// <summary>Fills a span.</summary>
    public void NextBytes(Span<byte> bytes)
    {
        Span<byte> word = stackalloc byte[8];
        for (; bytes.Length > 0; bytes = bytes[Math.Min(8, bytes.Length)..])
        {
            BinaryPrimitives.WriteUInt64LittleEndian(word, NextULong());
            word[..Math.Min(8, bytes.Length)].CopyTo(bytes);
        }
    }
}
