using System.Runtime.InteropServices;

namespace Natflow.Memory;

/// <summary>
/// Where the two sides of a <see cref="SpscRing{T}"/> stand. Producer's and consumer's words are two cache lines apart: adjacent-line prefetch would share
/// neighbours.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 384)]
internal struct SpscPositions
{
    [FieldOffset(128)]
    internal uint Tail;

    [FieldOffset(132)]
    internal uint HeadSeenByProducer;

    [FieldOffset(256)]
    internal uint Head;

    [FieldOffset(260)]
    internal uint TailSeenByConsumer;
}
