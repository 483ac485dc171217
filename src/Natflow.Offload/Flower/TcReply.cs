using System.Buffers.Binary;
using System.Text;
using Natflow.Memory;

namespace Natflow.Offload.Flower;

/// <summary>Finds the answer to a request in a datagram. Total: any bytes give an answer or none.</summary>
internal static class TcReply
{
    private const ushort FlagCapped = 0x100;
    private const ushort FlagAttributes = 0x200;
    private const ushort AttributeText = 1; // NLMSGERR_ATTR_MSG

    /// <summary>Walks a datagram's messages.</summary>
    /// <param name="datagram">What one receive gave.</param>
    /// <param name="sequence">The request's.</param>
    /// <param name="reply">Receives a rule's payload.</param>
    /// <param name="replyBytes">Its length, or 0.</param>
    /// <param name="errno">0, or a positive errno; EIO for an answer that cannot be read.</param>
    /// <param name="text">What the kernel says to it.</param>
    /// <returns>False where the answer is not in it.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> datagram, uint sequence, Span<byte> reply, out int replyBytes, out int errno, out string text)
    {
        replyBytes = 0;
        errno = 0;
        text = "";
        while (datagram.Length >= TcNumber.HeaderBytes)
        {
            uint lengthBytes = BinaryPrimitives.ReadUInt32LittleEndian(datagram);
            if (lengthBytes < TcNumber.HeaderBytes || lengthBytes > (uint)datagram.Length) return false;
            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(datagram[4..]);
            ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(datagram[6..]);
            ReadOnlySpan<byte> payload = datagram[TcNumber.HeaderBytes..(int)lengthBytes];
            bool isOurs = BinaryPrimitives.ReadUInt32LittleEndian(datagram[8..]) == sequence;
            datagram = datagram[Math.Min((int)((lengthBytes + 3) & ~3u), datagram.Length)..];
            if (!isOurs) continue;
            if (type == TcNumber.Error) return TryReadError(payload, flags, out errno, out text);
            if (type != TcNumber.NewFilter || payload.Length > reply.Length) continue;
            payload.CopyTo(reply);
            replyBytes = payload.Length;
            return true;
        }

        return false;
    }

    private static bool TryReadError(ReadOnlySpan<byte> payload, ushort flags, out int errno, out string text)
    {
        text = "";
        int result = payload.Length < sizeof(int) ? int.MinValue : BinaryPrimitives.ReadInt32LittleEndian(payload);
        errno = result is > 0 or int.MinValue ? Errno.InputOutput : -result;
        if (errno == 0 || (flags & FlagAttributes) == 0 || payload.Length < sizeof(int) + TcNumber.HeaderBytes) return true;

        // The request's header is quoted, and all of it where the answer is not capped.
        uint quotedBytes = (flags & FlagCapped) != 0 ? TcNumber.HeaderBytes : BinaryPrimitives.ReadUInt32LittleEndian(payload[sizeof(int)..]);
        ulong offset = sizeof(int) + (((ulong)quotedBytes + 3) & ~3UL);
        var reader = new TcReader(payload[(int)Math.Min(offset, (ulong)payload.Length)..]);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == AttributeText) text = Encoding.UTF8.GetString(value).TrimEnd('\0');
        }

        return true;
    }
}
