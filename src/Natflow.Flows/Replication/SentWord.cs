using Natflow.Flows.Conntrack;

namespace Natflow.Flows.Replication;

/// <summary>The word that says what was sent of an entry: a mark, 31 bits of who it is, 8 of its state, 24 of when it was last seen.</summary>
internal static class SentWord
{
    internal const ulong Mark = 1UL << 63;

    private const ulong IdentityMask = 0x7FFF_FFFF_0000_0000;
    private const int StateShift = 24;
    private const int SeenShift = 4; // 16 ms.
    private const ulong SeenMask = 0xFF_FFFF;

    // A flow in use is told again each 16 s, so that a standby which takes over knows its idle time to that.
    private const ulong RefreshMask = ~((1UL << 10) - 1);

    /// <summary>Of a flow.</summary>
    internal static ulong OfFlow(ulong identity, FlowState state, uint lastSeenMs) => Mark | (identity & IdentityMask) | ((ulong)state << StateShift) | ((lastSeenMs >> SeenShift) & SeenMask);

    /// <summary>Whether what was sent still says enough.</summary>
    /// <param name="sent">What was.</param>
    /// <param name="word">What would be.</param>
    /// <param name="isExact">Whether when it was last seen counts to 16 ms, not to 16 s.</param>
    internal static bool IsCurrent(ulong sent, ulong word, bool isExact) => isExact ? sent == word : ((sent ^ word) & RefreshMask) == 0;

    /// <summary>Whether a word is of an entry.</summary>
    internal static bool IsOf(ulong sent, ulong identity) => (identity & IdentityMask) == (sent & IdentityMask);

    /// <summary>An entry that follows another in its place differs in its ends, as good as always: a mix of all.</summary>
    internal static ulong Mix(ulong a, ulong b)
    {
        ulong mixed = (a ^ (b * 0x9E37_79B9_7F4A_7C15)) * 0xD6E8_FEB8_6659_FD93;
        return (mixed ^ (mixed >> 32)) * 0xD6E8_FEB8_6659_FD93;
    }
}
