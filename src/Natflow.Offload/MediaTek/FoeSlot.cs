using Natflow.Offload.Model;

namespace Natflow.Offload.MediaTek;

/// <summary>What software keeps beside an entry of the table.</summary>
internal struct FoeSlot
{
    /// <summary>What the table's format does not hold, with what it does.</summary>
    internal FoeEntry Entry;

    /// <summary>Counted up to the last read.</summary>
    internal ulong Packets;

    /// <summary>L3 bytes.</summary>
    internal ulong Bytes;

    internal uint LastSeenMs;

    /// <summary>Link header bytes of each packet that leaves: the engine counts them, the model does not.</summary>
    internal int LinkBytes;

    internal FoeSlotState State;

    /// <summary>Whether <see cref="LastSeenMs"/> holds a time.</summary>
    internal bool IsSeen;
}
