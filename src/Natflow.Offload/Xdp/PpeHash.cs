using System.Runtime.CompilerServices;

namespace Natflow.Offload.Xdp;

/// <summary>The keyed hash, as the program computes it: which buckets, which tag.</summary>
internal static class PpeHash
{
    private const int SecondShift = 24;
    private const int HomeShift = 44;
    private const int TagShift = 48;

    /// <summary>The part of the sum that both families share.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two products.
    internal static ulong Tail(ref readonly PpeLayout.HashKey key, uint ports, ushort zone, byte protocol) =>
        (key[8] * ports) + (key[9] * (((uint)zone << 8) | protocol));

    /// <summary>Spreads the sum's bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One product.
    internal static ulong Finish(ref readonly PpeLayout.HashKey key, ulong sum)
    {
        sum ^= sum >> 32;
        sum *= key[10] | 1;
        return sum ^ (sum >> 32);
    }

    /// <summary>First bucket to look in, before the mask.</summary>
    internal static uint First(ulong hash) => (uint)hash;

    /// <summary>Second bucket.</summary>
    internal static uint Second(ulong hash) => (uint)(hash >> SecondShift);

    /// <summary>The place in the first bucket where the program looks first.</summary>
    internal static uint Home(ulong hash) => (uint)(hash >> HomeShift) % PpeLayout.Ways;

    /// <summary>What stands for the entry in its bucket; never 0.</summary>
    internal static ushort Tag(ulong hash) => (ushort)Math.Max(hash >> TagShift, 1);
}
