using System.Buffers.Binary;

namespace Natflow.Packets.Link;

/// <summary>Ethernet addresses as numbers: first byte on the wire is the highest of 48 bits.</summary>
public static class MacAddress
{
    /// <summary>Reads an address.</summary>
    /// <param name="bytes">At least 6.</param>
    public static ulong Read(ReadOnlySpan<byte> bytes) =>
        ((ulong)BinaryPrimitives.ReadUInt16BigEndian(bytes) << 32) | BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);

    /// <summary>Writes an address.</summary>
    /// <param name="bytes">At least 6.</param>
    /// <param name="address">Lower 48 bits.</param>
    public static void Write(Span<byte> bytes, ulong address)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(address >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(bytes[2..], (uint)address);
    }
}
