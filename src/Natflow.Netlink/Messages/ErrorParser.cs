using System.Runtime.InteropServices;
using System.Text;

namespace Natflow.Netlink.Messages;

/// <summary>Reads NLMSG_ERROR and NLMSG_DONE: an errno and, from kernels that say more, a text. Total.</summary>
internal static class ErrorParser
{
    private const ushort Text = 1; // NLMSGERR_ATTR_MSG

    /// <summary>Reads a message's payload.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="payload">What follows the header.</param>
    /// <param name="errno">Positive; 0 is success.</param>
    /// <param name="text">What the kernel says about it; empty for nothing.</param>
    /// <returns>False when malformed.</returns>
    internal static bool TryParse(in NetlinkHeader header, ReadOnlySpan<byte> payload, out int errno, out string text)
    {
        errno = 0;
        text = "";
        if (header.Type == MessageType.Done && payload.Length < sizeof(int)) return true; // Old kernels end a dump with nothing.
        if (payload.Length < sizeof(int)) return false;
        int result = MemoryMarshal.Read<int>(payload);
        if (result is > 0 or int.MinValue) return false;
        errno = -result;
        if ((header.Flags & MessageFlags.ErrorAttributes) != 0)
            text = ReadText(payload[AttributesOffset(header, payload)..]);
        return true;
    }

    private static int AttributesOffset(in NetlinkHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Type == MessageType.Done) return sizeof(int);
        int quoted = sizeof(int) + NetlinkHeader.SizeBytes;
        if ((header.Flags & MessageFlags.Capped) == 0 && payload.Length >= quoted)
        {
            uint lengthBytes = MemoryMarshal.Read<uint>(payload[sizeof(int)..]);
            quoted = (int)Math.Min((ulong)payload.Length, sizeof(int) + (ulong)lengthBytes);
        }

        return Math.Min(Alignment.Up(quoted), payload.Length);
    }

    private static string ReadText(ReadOnlySpan<byte> bytes)
    {
        var attributes = new AttributeReader(bytes);
        while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == Text) return Encoding.UTF8.GetString(value).TrimEnd('\0');
        }

        return "";
    }
}
