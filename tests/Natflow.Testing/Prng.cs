namespace Natflow.Testing;

/// <summary>Seeded random numbers (splitmix64): the same on every machine and run.</summary>
/// <param name="seed">Printed when a test fails.</param>
public sealed class Prng(int seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>Any 64 bits.</summary>
    public ulong NextULong()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to below <paramref name="max"/>.</summary>
    public int Next(int max) => (int)(NextULong() % (ulong)max);

    /// <summary>Fills a span.</summary>
    public void NextBytes(Span<byte> bytes)
    {
        foreach (ref byte b in bytes)
            b = (byte)NextULong();
    }
}
