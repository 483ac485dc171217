using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Natflow.Inspect.Domains;

/// <summary>
/// Keyed 64-bit hash of a domain: folded multiplications with secret words. A stranger cannot make names that collide; by chance a name that is not among a million domains
/// is taken for one of them once in 10^13 lookups.
/// </summary>
internal static class DomainHash
{
    private const int StepBytes = 2 * DomainText.WordBytes;

    /// <summary>Hashes the end of a name.</summary>
    /// <param name="text">The name.</param>
    /// <param name="start">Where its end begins; at least one byte in front of the last.</param>
    /// <param name="secret">The table's secret.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One step or two of most names, in the lookup's loop.
    internal static ulong Of(DomainText text, int start, in DomainSecret secret)
    {
        ulong hash = 0;
        int length = text.Length - start;
        ulong lengthWord = secret.Word3 + ((ulong)length * secret.Word1);
        for (; length > StepBytes; length -= StepBytes, start += StepBytes)
            hash = Fold(hash ^ text.Word(start) ^ secret.Word2, text.Word(start + DomainText.WordBytes) ^ secret.Word1);

        // The first eight bytes left and the last, which overlap; of fewer than eight both are the same.
        int at = text.Length - DomainText.WordBytes;
        int shift = 8 * Math.Max(DomainText.WordBytes - length, 0);
        ulong first = text.Word(Math.Min(start, at)) >> shift;
        ulong last = text.Word(at) >> shift;
        return Fold(hash ^ first ^ secret.Word0, last ^ lengthWord);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two multiplications at once; one that gives both halves takes its way through memory.
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Bmi2.X64.IsSupported ? Bmi2.X64.MultiplyNoFlags(a, b) : Math.BigMul(a, b, out _);
        return high ^ (a * b);
    }
}
