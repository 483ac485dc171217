using System.Runtime.InteropServices;

namespace Natflow.Flows.Table;

/// <summary>The half of a flow that packets do not touch: timer links, mapping, high counter words. 32 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct FlowColdRecord
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 32;

    /// <summary>Next flow in the timer slot, or in the free list. <see cref="FlowTable.None"/> ends it.</summary>
    [FieldOffset(0)]
    public uint Next;

    /// <summary>Previous flow in the timer slot.</summary>
    [FieldOffset(4)]
    public uint Previous;

    /// <summary>Timer slot that holds the flow.</summary>
    [FieldOffset(8)]
    public uint TimerSlot;

    /// <summary>Mapping of the flow, or <see cref="FlowTable.None"/>.</summary>
    [FieldOffset(12)]
    public uint MappingIndex;

    /// <summary>Shard clock in ms at creation.</summary>
    [FieldOffset(16)]
    public long CreatedMs;

    /// <summary>High word of the packets from inside.</summary>
    [FieldOffset(24)]
    public uint PacketsOutHigh;

    /// <summary>High word of the packets from outside.</summary>
    [FieldOffset(28)]
    public uint PacketsInHigh;
}
