using System.Buffers.Binary;

namespace Natflow.Offload.Flower;

/// <summary>Reads the edits of a <c>pedit</c> action.</summary>
internal static class PeditDecoder
{
    internal static FlowerStatus TryDecode(ReadOnlySpan<byte> options, ref FlowerRule rule)
    {
        ReadOnlySpan<byte> parameters = default;
        ReadOnlySpan<byte> extended = default;
        var reader = new TcReader(options);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == TcNumber.PeditParameters) parameters = value;
            if (type == TcNumber.PeditKeys) extended = value;
        }

        if (reader.IsMalformed || parameters.Length < TcNumber.PeditSelectorBytes) return FlowerStatus.Malformed;
        int count = parameters[20];
        if (parameters.Length < TcNumber.PeditSelectorBytes + (count * TcNumber.PeditKeyBytes)) return FlowerStatus.Malformed;
        if (count > PeditKey.CountMax) return FlowerStatus.Foreign;

        var headers = new TcReader(extended);
        for (int i = 0; i < count; i++)
        {
            if (!headers.TryNext(out _, out ReadOnlySpan<byte> header)) return FlowerStatus.Malformed;
            if (!TryReadHeader(header, out ushort kind, out bool isAdd)) return FlowerStatus.Malformed;
            ReadOnlySpan<byte> key = parameters.Slice(TcNumber.PeditSelectorBytes + (i * TcNumber.PeditKeyBytes), TcNumber.PeditKeyBytes);
            if (!PeditKey.Read(key, kind, isAdd).TryApply(ref rule)) return FlowerStatus.Foreign;
        }

        return FlowerStatus.Decoded;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> attributes, out ushort kind, out bool isAdd)
    {
        kind = 0;
        isAdd = false;
        var reader = new TcReader(attributes);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (value.Length != sizeof(ushort)) return false;
            ushort number = BinaryPrimitives.ReadUInt16LittleEndian(value);
            if (type == TcNumber.PeditHeader) kind = number;
            if (type == TcNumber.PeditCommand) isAdd = number == 1;
        }

        return !reader.IsMalformed;
    }
}
