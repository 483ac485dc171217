using System.Buffers.Binary;

namespace Natflow.Offload.Flower;

/// <summary>Walks attributes. Total: any bytes end the walk, the bad ones with <see cref="IsMalformed"/>.</summary>
internal ref struct TcReader
{
    private ReadOnlySpan<byte> _rest;

    internal TcReader(ReadOnlySpan<byte> attributes) => _rest = attributes;

    internal bool IsMalformed { get; private set; }

    internal bool TryNext(out ushort type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (_rest.IsEmpty) return false;
        int lengthBytes = _rest.Length < TcNumber.AttributeBytes ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(_rest);
        if (lengthBytes < TcNumber.AttributeBytes || lengthBytes > _rest.Length)
        {
            IsMalformed = true;
            _rest = default;
            return false;
        }

        type = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]) & TcNumber.TypeMask);
        value = _rest[TcNumber.AttributeBytes..lengthBytes];
        _rest = _rest[Math.Min((lengthBytes + 3) & ~3, _rest.Length)..];
        return true;
    }
}
