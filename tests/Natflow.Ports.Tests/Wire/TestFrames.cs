using System.Buffers.Binary;
using Natflow.Testing;

namespace Natflow.Ports.Tests.Wire;

/// <summary>Frames that no protocol stack answers, and that no stack sends by itself: of the ethertype for experiments (IEEE 802).</summary>
internal static class TestFrames
{
    private const ushort EtherType = 0x88B5;

    public static byte[] Make(Prng prng, int lengthBytes)
    {
        byte[] frame = new byte[lengthBytes];
        prng.NextBytes(frame);
        new byte[] { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 }.CopyTo(frame, 0);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), EtherType);
        return frame;
    }

    /// <summary>With any number of VLAN tags in between.</summary>
    public static bool IsOurs(byte[] frame)
    {
        int offset = 12;
        while (offset + 4 < frame.Length && BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(offset)) is 0x8100 or 0x88A8)
            offset += 4;
        return BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(offset)) == EtherType;
    }

    public static byte[] Tag(byte[] frame, ushort etherType, ushort control)
    {
        byte[] tagged = new byte[frame.Length + 4];
        frame.AsSpan(0, 12).CopyTo(tagged);
        BinaryPrimitives.WriteUInt16BigEndian(tagged.AsSpan(12), etherType);
        BinaryPrimitives.WriteUInt16BigEndian(tagged.AsSpan(14), control);
        frame.AsSpan(12).CopyTo(tagged.AsSpan(16));
        return tagged;
    }
}
