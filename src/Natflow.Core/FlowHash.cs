using System.Runtime.CompilerServices;

namespace Natflow.Core;

/// <summary>
/// Keyed hash of a <see cref="FlowKey"/>: two folded 64 × 64 multiplications with secret words, so that a stranger cannot compute
/// which packets collide in a bucket. One secret a gateway, shared by its parsers and tables.
/// </summary>
public readonly struct FlowHash
{
    private readonly ulong _secret0;
    private readonly ulong _secret1;

    /// <summary>Derives the secrets from a seed.</summary>
    /// <param name="seed">From the system's random source in production; fixed where a run must repeat.</param>
    public FlowHash(ulong seed)
    {
        _secret0 = Mix(seed + 0x9E3779B97F4A7C15) | 1;
        _secret1 = Mix(seed + 0x3C6EF372FE94F82A) | 1;
    }

    /// <summary>32 well-mixed bits of the key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two multiplications in the parser's loop.
    public uint Of(in FlowKey key)
    {
        ref byte bytes = ref Unsafe.As<FlowKey, byte>(ref Unsafe.AsRef(in key));
        ulong addresses = Unsafe.ReadUnaligned<ulong>(ref bytes);
        ulong ports = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref bytes, 8));
        ulong folded = Fold(addresses ^ _secret0, ports ^ _secret1);
        return (uint)Fold(folded ^ _secret1, _secret0);
    }

    /// <summary>32 well-mixed bits of one word, for tables keyed by an address or a mapping.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Two multiplications.
    public uint Of(ulong word) => (uint)Fold(Fold(word ^ _secret0, _secret1) ^ _secret1, _secret0);

    /// <summary>32 well-mixed bits of an IPv6 flow: the same for both directions, for the ends are told apart by side and not by sender.</summary>
    /// <param name="inside">Address at the subscriber's end.</param>
    /// <param name="remote">Address at the other end.</param>
    /// <param name="ports">Inside port, remote port and protocol, in any fixed arrangement.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Four multiplications, two of them at once, in the parser's loop.
    public uint OfIpv6(in Ipv6Address inside, in Ipv6Address remote, ulong ports)
    {
        ulong near = Fold(inside.HighBe ^ _secret0, inside.LowBe ^ _secret1);
        ulong far = Fold(remote.HighBe ^ _secret1, remote.LowBe ^ _secret0);
        ulong folded = Fold(near ^ ports ^ _secret0, far ^ _secret1);
        return (uint)Fold(folded ^ _secret1, _secret0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One mulx and one xor.
    private static ulong Fold(ulong a, ulong b)
    {
        ulong high = Math.BigMul(a, b, out ulong low);
        return high ^ low;
    }

    private static ulong Mix(ulong x)
    {
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
