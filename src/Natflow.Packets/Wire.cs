using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Natflow.Packets;

/// <summary>Loads and stores at an offset from a reference, unaligned and unchecked: the caller has compared the offset with a length once.</summary>
internal static class Wire
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load and a rotation.
    public static ushort ReadUInt16(ref byte start, int offset)
    {
        ushort raw = ReadUInt16Be(ref start, offset);
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(raw) : raw;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load.
    public static ushort ReadUInt16Be(ref byte start, int offset) => Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load.
    public static uint ReadUInt32Be(ref byte start, int offset) => Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, offset));

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One store.
    public static void WriteUInt16Be(ref byte start, int offset, ushort valueBe) =>
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, offset), valueBe);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One store.
    public static void WriteUInt32Be(ref byte start, int offset, uint valueBe) =>
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref start, offset), valueBe);

    /// <summary>Host order to network order and back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A rotation.
    public static ushort Swap(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
