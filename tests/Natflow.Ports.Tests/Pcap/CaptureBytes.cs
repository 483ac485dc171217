using System.Buffers.Binary;

namespace Natflow.Ports.Tests.Pcap;

/// <summary>Bytes of a capture under construction, numbers in either byte order.</summary>
internal sealed class CaptureBytes(bool bigEndian)
{
    private readonly List<byte> _bytes = [];

    internal int Length => _bytes.Count;

    internal CaptureBytes Add8(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    internal CaptureBytes Add16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return AddOrdered(bytes);
    }

    internal CaptureBytes Add32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return AddOrdered(bytes);
    }

    internal CaptureBytes Add64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return AddOrdered(bytes);
    }

    internal CaptureBytes Add(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    internal CaptureBytes Pad4() => Add(new byte[-_bytes.Count & 3]);

    internal byte[] ToArray() => [.. _bytes];

    private CaptureBytes AddOrdered(Span<byte> bigEndianBytes)
    {
        if (!bigEndian)
            bigEndianBytes.Reverse();
        return Add(bigEndianBytes);
    }
}
