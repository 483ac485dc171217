using System.Buffers.Binary;
using System.Text;

namespace Natflow.Inspect.Apps;

/// <summary>TFTP: a request to port 69 (RFC 1350), or an acknowledgement of options on any port (RFC 2347).</summary>
internal static class TftpSignature
{
    private const ushort Port = 69;
    private const int OptionsMax = 8;

    // A block of an Ethernet frame, behind its header of 4 bytes; transfers are met within their first blocks.
    private const int DataBytesMax = 1472;
    private const int FirstBlocksMax = 16;

    internal static Evidence Match(in AppPacket packet)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        if (payload.Length < 4 || payload[0] != 0)
            return default;
        bool isMatch = payload[1] switch
        {
            1 or 2 => packet.MayBeClient && packet.HasPort(Port) && IsRequest(payload[2..]),
            6 => HasOptions(payload[2..]),
            _ => false,
        };
        return isMatch ? Evidence.Of(FlowProtocol.Tftp, AppSource.Tftp) : default;
    }

    // Data and acknowledgements, which go between ports that no request names: two packets with the same or the next block.
    internal static Evidence MatchTransfer(in AppPacket packet)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        if (payload.Length < 4 || payload[0] != 0 || payload[1] is not (3 or 4))
            return default;
        uint block = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
        bool isSized = payload[1] == 3 ? payload.Length <= DataBytesMax : payload.Length == 4;
        return isSized && block <= FirstBlocksMax ? Evidence.Partial(FlowProtocol.Tftp, AppSource.Tftp, block) : default;
    }

    private static bool IsRequest(ReadOnlySpan<byte> rest)
    {
        if (!TryTakeText(ref rest, out _) || !TryTakeText(ref rest, out ReadOnlySpan<byte> mode))
            return false;
        bool isMode = Ascii.EqualsIgnoreCase(mode, "octet"u8) || Ascii.EqualsIgnoreCase(mode, "netascii"u8) || Ascii.EqualsIgnoreCase(mode, "mail"u8);
        return isMode && (rest.IsEmpty || HasOptions(rest));
    }

    // Each option once: block size and window size (RFC 2348, RFC 7440), transfer size and timeout (RFC 2349), and the multicast of RFC 2090.
    private static bool HasOptions(ReadOnlySpan<byte> rest)
    {
        uint seen = 0;
        for (int count = 0; count < OptionsMax && !rest.IsEmpty; count++)
        {
            if (!TryTakeText(ref rest, out ReadOnlySpan<byte> name) || !TryTakeText(ref rest, out _))
                return false;
            uint option = OptionBit(name);
            if (option == 0 || (seen & option) != 0)
                return false;
            seen |= option;
        }

        return seen != 0 && rest.IsEmpty;
    }

    private static uint OptionBit(ReadOnlySpan<byte> name)
    {
        if (Ascii.EqualsIgnoreCase(name, "blksize"u8)) return 1;
        if (Ascii.EqualsIgnoreCase(name, "tsize"u8)) return 2;
        if (Ascii.EqualsIgnoreCase(name, "timeout"u8)) return 4;
        if (Ascii.EqualsIgnoreCase(name, "windowsize"u8)) return 8;
        return Ascii.EqualsIgnoreCase(name, "multicast"u8) ? 16u : 0;
    }

    // Printable, not empty, with its NUL.
    private static bool TryTakeText(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        int end = rest.IndexOf((byte)0);
        text = end <= 0 ? default : rest[..end];
        if (end <= 0 || text.ContainsAnyExceptInRange((byte)0x20, (byte)0x7E))
            return false;
        rest = rest[(end + 1)..];
        return true;
    }
}
