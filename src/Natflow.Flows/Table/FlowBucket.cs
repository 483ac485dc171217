using System.Runtime.InteropServices;

namespace Natflow.Flows.Table;

/// <summary>
/// One cache line of the index: 8 tags, 8 slots, a link to an overflow bucket. A slot holds flow index × 2 + side; a tag of 0 marks
/// a free slot.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal unsafe struct FlowBucket
{
    internal const int SizeBytes = 64;
    internal const int SlotCount = 8;

    [FieldOffset(0)]
    internal fixed ushort Tags[SlotCount];

    [FieldOffset(16)]
    internal fixed uint Slots[SlotCount];

    /// <summary>Index of the next bucket of the chain; 0 ends it (bucket 0 is never an overflow bucket).</summary>
    [FieldOffset(48)]
    internal uint Overflow;
}
