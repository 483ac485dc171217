using System.Runtime.CompilerServices;

namespace Natflow.Inspect.Domains;

/// <summary>
/// Keyed 64-bit hash of a domain, taken label by label from the right, so that one pass over a name gives the hash of every suffix of it: folded multiplications with
/// secret words, one of which waits for the label before. A stranger cannot make names that collide; by chance a name that is not among a million domains is taken for one of
/// them once in 10^13 lookups.
/// </summary>
internal static class DomainHash
{
    private const int StepBytes = 3 * sizeof(ulong);

    /// <summary>Takes in the label to the left of those taken in before.</summary>
    /// <param name="hash">Of those to the right; 0 for none.</param>
    /// <param name="text">The name.</param>
    /// <param name="start">Where the label begins.</param>
    /// <param name="length">Bytes of the label, at least 1.</param>
    /// <param name="secret">The table's secret.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two multiplications for most labels, in the lookup's loop.
    internal static ulong Add(ulong hash, in DomainText text, int start, int length, in DomainSecret secret)
    {
        while (length > StepBytes)
        {
            hash = Fold(hash ^ text.Word(start) ^ secret.Word2, text.Word(start + sizeof(ulong)) ^ secret.Word3);
            start += 2 * sizeof(ulong);
            length -= 2 * sizeof(ulong);
        }

        // The first eight bytes and the last, which overlap; of a shorter label both are the same. Between them are eight more of one that is longer than both.
        int held = Math.Min(length, sizeof(ulong));
        ulong mask = ulong.MaxValue >> (64 - (8 * held));
        ulong first = text.Word(start) & mask;
        ulong last = text.Word(start + length - held) & mask;
        ulong middle = length > 2 * sizeof(ulong) ? text.Word(start + sizeof(ulong)) : 0;
        return Fold(hash ^ first ^ secret.Word0, last ^ Fold(middle ^ secret.Word2, secret.Word3 + (ulong)length));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One mulx and one xor.
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
