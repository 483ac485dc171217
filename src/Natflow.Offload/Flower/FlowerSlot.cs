using Natflow.Offload.Model;

namespace Natflow.Offload.Flower;

/// <summary>A rule that was installed, or its place until it is released.</summary>
internal struct FlowerSlot
{
    internal FoeEntry Entry;
    internal FlowerRule Rule;
    internal FoeCounters Counters;
    internal int LinkBytes;
    internal bool IsUsed;
    internal bool IsBound;

    /// <summary>Whether the counters hold a time.</summary>
    internal bool IsSeen;
}
