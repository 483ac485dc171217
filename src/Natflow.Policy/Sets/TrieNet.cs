namespace Natflow.Policy.Sets;

/// <summary>A net of whole /64s, or a range about which somebody else has to be asked.</summary>
/// <param name="First">First half of its first address, host byte order.</param>
/// <param name="Last">First half of its last address.</param>
/// <param name="FreeBits">Bits of a first half behind the prefix, 0 to 63, or <see cref="Other"/>.</param>
internal readonly record struct TrieNet(ulong First, ulong Last, byte FreeBits)
{
    /// <summary>In place of a number of free bits: no net.</summary>
    internal const byte Other = 64;
}
