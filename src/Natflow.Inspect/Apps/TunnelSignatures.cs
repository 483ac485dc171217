using System.Buffers;
using System.Buffers.Binary;

namespace Natflow.Inspect.Apps;

/// <summary>WireGuard, SSH, and SOCKS' half of its machine.</summary>
internal static class TunnelSignatures
{
    private const ushort RdpPort = 3389;
    private const int RdpUdpSynBytesMin = 1132;
    private const int SshSearchBytes = 16;
    private const int Socks4BytesMin = 9;
    private const int Socks5MethodsMax = 16;

    private static readonly SearchValues<byte> VersionLetters = SearchValues.Create(".0123456789"u8);

    /// <summary>WireGuard's four messages. Data is known by its type and length alone, so that evidence is weak.</summary>
    internal static Evidence MatchWireGuard(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 32 || payload[1] != 0 || payload[2] != 0 || payload[3] != 0)
            return default;
        bool isHandshake = (payload[0], payload.Length) is (1, 148) or (2, 92) or (3, 64);
        if (isHandshake)
            return Evidence.Of(FlowProtocol.WireGuard, AppSource.WireGuard);
        return payload[0] == 4 && payload.Length % 16 == 0 ? Evidence.Weak(FlowProtocol.WireGuard, AppSource.WireGuard) : default;
    }

    /// <summary>SSH's identification, <c>SSH-2.0-</c> (RFC 4253 section 4.2).</summary>
    internal static Evidence MatchSsh(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 8 || !payload.StartsWith("SSH-"u8) || payload[4] is not ((byte)'1' or (byte)'2') || payload[5] != (byte)'.'
            || !IsDigit(payload[6]))
        {
            return default;
        }

        ReadOnlySpan<byte> rest = payload[7..Math.Min(payload.Length, SshSearchBytes)];
        int dash = rest.IndexOf((byte)'-');
        return dash >= 0 && !rest[..dash].ContainsAnyExcept(VersionLetters) ? Evidence.Of(FlowProtocol.Ssh, AppSource.Ssh) : default;
    }

    /// <summary>A SOCKS4 request or a SOCKS5 greeting (RFC 1928 section 3) that fills its packet.</summary>
    /// <returns>The version, 4 or 5; 0 when it is neither.</returns>
    internal static byte SocksRequest(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 3)
            return 0;
        if (payload[0] == 4)
            return payload.Length >= Socks4BytesMin && payload[1] is 1 or 2 && payload[^1] == 0 ? (byte)4 : (byte)0;
        bool isGreeting = payload[0] == 5 && payload[1] is > 0 and <= Socks5MethodsMax && payload.Length == 2 + payload[1];
        return isGreeting && AreMethods(payload[2..]) ? (byte)5 : (byte)0;
    }

    /// <summary>The answer that makes a request SOCKS.</summary>
    internal static bool IsSocksReply(ReadOnlySpan<byte> payload, byte version) => version == 4
        ? payload.Length == 8 && payload[0] == 0 && payload[1] is >= 0x5A and <= 0x5D
        : payload.Length == 2 && payload[0] == 5 && IsMethod(payload[1]);

    /// <summary>An X.224 connection request or confirm that fills its TPKT (RFC 1006 section 6, RFC 905 section 13), as remote desktop begins.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="code">0xE0 for a request, 0xD0 for a confirm.</param>
    internal static bool IsX224(ReadOnlySpan<byte> payload, byte code)
    {
        if (payload.Length < 11 || payload[0] != 3 || payload[1] != 0)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
        return length >= 11 && length <= payload.Length && payload[4] == length - 5 && payload[5] == code && payload[10] == 0;
    }

    /// <summary>A SYN of remote desktop over UDP, padded to its full size ([MS-RDPEUDP] section 3.1.5.1.1).</summary>
    internal static Evidence MatchRdpUdp(in AppPacket packet)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        bool isSyn = packet.HasPort(RdpPort) && payload.Length >= RdpUdpSynBytesMin && BinaryPrimitives.ReadUInt32BigEndian(payload) == uint.MaxValue
            && (payload[7] & 1) != 0;
        return isSyn ? Evidence.Of(FlowProtocol.Rdp, AppSource.Rdp) : default;
    }

    private static bool AreMethods(ReadOnlySpan<byte> methods)
    {
        for (int i = 0; i < methods.Length; i++)
        {
            if (!IsMethod(methods[i]) || methods[..i].Contains(methods[i]))
                return false;
        }

        return true;
    }

    // IANA has assigned 0 to 9; 0x80 to 0xFE are private.
    private static bool IsMethod(byte method) => method is <= 9 or (>= 0x80 and <= 0xFE);

    private static bool IsDigit(byte letter) => (uint)(letter - '0') <= 9;
}
