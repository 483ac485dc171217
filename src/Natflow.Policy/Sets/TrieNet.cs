namespace Natflow.Policy.Sets;

/// <summary>A net of whole /64s, or a range about which somebody else has to be asked.</summary>
/// <param name="First">First half of its first address, host byte order.</param>
/// <param name="Last">First half of its last address.</param>
/// <param name="Length">Prefix length, 1 to 64, or <see cref="Other"/>.</param>
internal readonly record struct TrieNet(ulong First, ulong Last, byte Length)
{
    /// <summary>In place of a prefix length.</summary>
    internal const byte Other = 65;
}
