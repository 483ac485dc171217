using System.Runtime.InteropServices;

namespace Natflow.Actors.Dispatch;

/// <summary>
/// Producers' word and consumer's word of a ring, a cache line apart from each other and from the fields that both sides only read.
/// Not nested: a type inside a generic one cannot have an explicit layout.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 192)]
internal struct RingPositions
{
    [FieldOffset(64)]
    internal long Tail;

    [FieldOffset(128)]
    internal long Head;
}
