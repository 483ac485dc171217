using System.Buffers.Binary;

namespace Natflow.Inspect.Apps;

/// <summary>Protocols of network equipment, each on its own ports: NTP, SNMP, RADIUS, LDAP, CoAP.</summary>
internal static class InfrastructureSignatures
{
    private const int NtpBytes = 48;
    private const int NtpControlBytes = 12;
    private const int NtpPrivateBytes = 8;
    private const int NtpControlMode = 6;
    private const int NtpPrivateMode = 7;
    private const int RadiusBytesMin = 20;
    private const int RadiusBytesMax = 4096;
    private const int RadiusCodeMax = 13;
    private const int LdapBytesMin = 7;
    private const int LdapOperationMax = 25;
    private const int CoapTokenMax = 8;

    /// <summary>The protocols over UDP.</summary>
    internal static Evidence MatchUdp(in AppPacket packet)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        if (packet.HasPort(123) && IsNtp(payload))
            return Evidence.Of(FlowProtocol.Ntp, AppSource.Ntp);
        if ((packet.HasPort(161) || packet.HasPort(162)) && IsSnmp(payload))
            return Evidence.Of(FlowProtocol.Snmp, AppSource.Snmp);
        if ((packet.HasPort(1812) || packet.HasPort(1813) || packet.HasPort(18013)) && IsRadius(payload))
            return Evidence.Of(FlowProtocol.Radius, AppSource.Radius);
        if (packet.HasPort(389) && IsLdap(payload))
            return Evidence.Of(FlowProtocol.Ldap, AppSource.Ldap);
        return HasCoapPort(packet) && IsCoap(payload) ? Evidence.Of(FlowProtocol.Coap, AppSource.Coap) : default;
    }

    /// <summary>LDAP over TCP: the segment holds whole messages.</summary>
    internal static Evidence MatchTcp(in AppPacket packet) =>
        packet.HasPort(389) && IsLdap(packet.Payload) ? Evidence.Of(FlowProtocol.Ldap, AppSource.Ldap) : default;

    // RFC 5905 section 7.3; control and private messages are shorter than time.
    private static bool IsNtp(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < NtpPrivateBytes)
            return false;
        int version = (payload[0] >> 3) & 7;
        int mode = payload[0] & 7;
        int bytesMin = mode switch { NtpControlMode => NtpControlBytes, NtpPrivateMode => NtpPrivateBytes, _ => NtpBytes };
        bool isTime = mode is not (NtpControlMode or NtpPrivateMode);
        return version is >= 1 and <= 4 && mode != 0 && payload.Length >= bytesMin && (!isTime || payload[1] <= 16);
    }

    // RFC 3416: a sequence as long as the datagram, then the version.
    private static bool IsSnmp(ReadOnlySpan<byte> payload) =>
        payload.Length > 16 && payload[0] == 0x30 && Ber.TryReadLength(payload, out int header, out long length) && length == payload.Length - header
        && payload.Length > header + 2 && payload[header] == 0x02 && payload[header + 1] == 1 && payload[header + 2] is 0 or 1 or 3;

    // RFC 2865 section 3.
    private static bool IsRadius(ReadOnlySpan<byte> payload) =>
        payload.Length is >= RadiusBytesMin and <= RadiusBytesMax && payload[0] is >= 1 and <= RadiusCodeMax
        && BinaryPrimitives.ReadUInt16BigEndian(payload[2..]) == payload.Length;

    // RFC 4511 section 4.1.1; further messages may follow in a segment.
    private static bool IsLdap(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < LdapBytesMin || payload[0] != 0x30 || !Ber.TryReadLength(payload, out int header, out long length))
            return false;
        long rest = payload.Length - header - length;
        if (rest < 0 || (rest > 0 && payload[(int)(header + length)] != 0x30))
            return false;
        ReadOnlySpan<byte> message = payload[header..];
        if (message.Length < 2 || message[0] != 0x02 || message[1] is 0 or > 4 || message.Length < 3 + message[1])
            return false;
        byte operation = message[2 + message[1]];
        return (operation & 0xE0) == 0x60 && (operation & 0x1F) <= LdapOperationMax;
    }

    private static bool HasCoapPort(in AppPacket packet) =>
        packet.HasPort(5683) || packet.ClientPort is >= 61616 and <= 61631 || packet.ServerPort is >= 61616 and <= 61631;

    // RFC 7252 section 3: the empty message has neither token nor payload.
    private static bool IsCoap(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 4 || payload[0] >> 6 != 1)
            return false;
        int token = payload[0] & 0x0F;
        if (token > CoapTokenMax || payload.Length < 4 + token)
            return false;
        byte code = payload[1];
        return code == 0
            ? token == 0 && payload.Length == 4
            : code is (>= 1 and <= 5) or (>= 65 and <= 69) or (>= 128 and <= 134) or (>= 140 and <= 143) or (>= 160 and <= 165);
    }
}
