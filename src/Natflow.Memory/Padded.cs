using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Memory;

/// <summary>A value in cache lines of its own: what one thread writes for each frame must not lie beside what another reads.</summary>
/// <typeparam name="T">An unmanaged type.</typeparam>
[StructLayout(LayoutKind.Sequential)]
public struct Padded<T>
    where T : unmanaged
{
    private const int LineBytes = 128; // Two lines: the prefetcher takes them in pairs.

    private Padding _before;

    /// <summary>The value.</summary>
    public T Value;

    private Padding _after;

    [InlineArray(LineBytes)]
    private struct Padding
    {
        private byte _first;
    }
}
