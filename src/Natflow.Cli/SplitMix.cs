namespace Natflow.Cli;

/// <summary>splitmix64 (Steele, Lea and Flood 2014): the same order in every run.</summary>
internal sealed class SplitMix(int seed)
{
    private ulong _state = (ulong)seed;

    /// <summary>64 random bits.</summary>
    internal ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A number from <paramref name="min"/> to <paramref name="max"/>, both included.</summary>
    internal int Next(int min, int max) => min + (int)(Next() % (uint)(max - min + 1));

    /// <summary>Random bytes.</summary>
    internal byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        foreach (ref byte value in bytes.AsSpan())
            value = (byte)Next();
        return bytes;
    }

    /// <summary>Fisher and Yates.</summary>
    internal void Shuffle(int[] items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = (int)(Next() % (uint)(i + 1));
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
