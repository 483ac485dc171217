using System.Runtime.InteropServices;

namespace Natflow.Netlink.Messages;

/// <summary>Walks attributes (struct rtattr: length and type of 16 bits each, then a value). Total, as <see cref="MessageReader"/>.</summary>
public ref struct AttributeReader
{
    private const int HeaderBytes = 4;
    private const ushort TypeMask = 0x3FFF; // Without NLA_F_NESTED and NLA_F_NET_BYTEORDER.

    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts at the first attribute.</summary>
    /// <param name="attributes">The bytes after a message's fixed part, or the value of a nested attribute.</param>
    public AttributeReader(ReadOnlySpan<byte> attributes) => _rest = attributes;

    /// <summary>Whether the walk ended because a length pointed outside or was below its minimum.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Takes the next attribute.</summary>
    /// <param name="type">Its type, without the flag bits.</param>
    /// <param name="value">Its value, without padding.</param>
    /// <returns>False at the end and at the first malformed attribute.</returns>
    public bool TryNext(out ushort type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (_rest.IsEmpty) return false;
        if (_rest.Length < HeaderBytes) return Fail();
        ushort lengthBytes = MemoryMarshal.Read<ushort>(_rest);
        if (lengthBytes < HeaderBytes || lengthBytes > _rest.Length) return Fail();

        type = (ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask);
        value = _rest[HeaderBytes..lengthBytes];
        _rest = _rest[Math.Min(Alignment.Up(lengthBytes), _rest.Length)..];
        return true;
    }

    /// <summary>Reads a 32-bit value in the machine's byte order.</summary>
    /// <returns>False when the value has another size.</returns>
    internal static bool TryReadUInt(ReadOnlySpan<byte> value, out uint number)
    {
        number = value.Length == sizeof(uint) ? MemoryMarshal.Read<uint>(value) : 0;
        return value.Length == sizeof(uint);
    }

    private bool Fail()
    {
        IsMalformed = true;
        _rest = default;
        return false;
    }
}
