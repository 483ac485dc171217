using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Natflow.Offload.Flower;

/// <summary>Writes one rtnetlink message with nested attributes. Numbers are little-endian, as on every machine this runs on.</summary>
/// <remarks>The buffer must have room: <see cref="FlowerEncoder.RequestBytesMax"/>.</remarks>
internal ref struct TcWriter
{
    private readonly Span<byte> _buffer;
    private int _lengthBytes;

    /// <summary>Writes header and struct tcmsg.</summary>
    internal TcWriter(Span<byte> buffer, ushort type, ushort flags, int interfaceIndex, uint handle, uint parent, uint infoWord)
    {
        _buffer = buffer;
        _lengthBytes = TcNumber.HeaderBytes + TcNumber.FixedBytes;
        buffer[.._lengthBytes].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(buffer[4..], type);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer[6..], flags);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[20..], interfaceIndex);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[24..], handle);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[28..], parent);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[32..], infoWord);
    }

    /// <summary>Starts an attribute of a length; its value is cleared.</summary>
    /// <returns>The value to fill.</returns>
    internal Span<byte> Reserve(ushort type, int valueBytes)
    {
        int start = _lengthBytes;
        int lengthBytes = TcNumber.AttributeBytes + valueBytes;
        _lengthBytes += (lengthBytes + 3) & ~3;
        _buffer[start.._lengthBytes].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer[start..], (ushort)lengthBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(_buffer[(start + 2)..], type);
        return _buffer.Slice(start + TcNumber.AttributeBytes, valueBytes);
    }

    internal void Add(ushort type, byte value) => Reserve(type, sizeof(byte))[0] = value;

    internal void Add(ushort type, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Reserve(type, sizeof(ushort)), value);

    internal void Add(ushort type, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(type, sizeof(uint)), value);

    internal void Add(ushort type, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(type, sizeof(ulong)), value);

    internal void AddBe(ushort type, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Reserve(type, sizeof(ushort)), value);

    internal void AddBe(ushort type, uint value) => BinaryPrimitives.WriteUInt32BigEndian(Reserve(type, sizeof(uint)), value);

    internal void AddBe(ushort type, UInt128 value) => BinaryPrimitives.WriteUInt128BigEndian(Reserve(type, 16), value);

    /// <summary>Adds text and the zero that ends it.</summary>
    internal void Add(ushort type, string text)
    {
        Span<byte> value = Reserve(type, Encoding.UTF8.GetByteCount(text) + 1);
        _ = Encoding.UTF8.GetBytes(text, value);
    }

    /// <summary>Starts a nest.</summary>
    /// <returns>Where it starts, for <see cref="End"/>.</returns>
    internal int Begin(ushort type)
    {
        int start = _lengthBytes;
        _ = Reserve(type, 0);
        return start;
    }

    internal readonly void End(int start) => BinaryPrimitives.WriteUInt16LittleEndian(_buffer[start..], (ushort)(_lengthBytes - start));

    /// <summary>Ends the message.</summary>
    internal readonly Span<byte> Finish()
    {
        MemoryMarshal.Write(_buffer, (uint)_lengthBytes);
        return _buffer[.._lengthBytes];
    }
}
