using System.Runtime.CompilerServices;

namespace Natflow.Inspect.Domains;

/// <summary>
/// Keyed 128-bit hash of a domain, taken label by label from the right, so that one pass over a name gives the hash of every suffix of it. Two lanes of folded
/// multiplications with secret words: a stranger cannot make names that collide, and by chance two of a million differ in all 96 bits a table keeps.
/// </summary>
internal struct DomainHash
{
    // Seven bytes of text in a word, the eighth says how many and whether the label ends: no two sequences of labels give the same words.
    private const int WordBytes = 7;
    private const ulong LabelEnd = 0x80UL << 56;
    private const ulong TextMask = (1UL << 56) - 1;

    internal ulong Low;
    internal ulong High;

    /// <summary>Takes in the label to the left of those taken in before.</summary>
    /// <param name="text">The name.</param>
    /// <param name="start">Where the label begins.</param>
    /// <param name="length">Bytes of the label, at least 1.</param>
    /// <param name="secret">The table's secret.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two multiplications at once for each seven bytes, in the lookup's loop.
    internal void Add(in DomainText text, int start, int length, in DomainSecret secret)
    {
        while (length > WordBytes)
        {
            Mix((text.Word(start) & TextMask) | ((ulong)WordBytes << 56), in secret);
            start += WordBytes;
            length -= WordBytes;
        }

        ulong mask = (1UL << (8 * length)) - 1;
        Mix((text.Word(start) & mask) | ((ulong)length << 56) | LabelEnd, in secret);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // As above.
    private void Mix(ulong word, in DomainSecret secret)
    {
        Low = Fold(Low ^ secret.Word0, word ^ secret.Word1);
        High = Fold(High ^ secret.Word2, word ^ secret.Word3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One mulx and one xor.
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }
}
