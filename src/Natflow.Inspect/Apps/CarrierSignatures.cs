using System.Buffers;
using System.Buffers.Binary;

using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Apps;

/// <summary>Protocols that carry applications: HTTP/1, TLS, DTLS, QUIC. They are no answer, but end the search among payloads.</summary>
internal static class CarrierSignatures
{
    /// <summary>What carries a name of a kind.</summary>
    internal static FlowProtocol Of(ObservationKind kind) => kind switch
    {
        ObservationKind.Http => FlowProtocol.Http,
        ObservationKind.Tls => FlowProtocol.Tls,
        ObservationKind.Quic => FlowProtocol.Quic,
        ObservationKind.Dtls => FlowProtocol.Dtls,
        ObservationKind.Dns or ObservationKind.DnsAnswer => FlowProtocol.Dns,
        _ => FlowProtocol.None,
    };

    private const int TlsHeaderBytes = 5;
    private const int TlsRecordMax = (1 << 14) + 2048;
    private const int DtlsHeaderBytes = 13;
    private const int QuicHeaderBytes = 7;
    private const int ConnectionIdMax = 20;
    private const ushort QuicPort = 443;
    private const int QuicShortBytesMin = 25;
    private const int MethodMax = 16;

    private static readonly SearchValues<byte> MethodLetters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ-_"u8);

    internal static Evidence MatchTcp(ReadOnlySpan<byte> payload)
    {
        if (IsTls(payload) || IsSsl2(payload))
            return Evidence.Of(FlowProtocol.Tls, AppSource.None);
        return IsHttp(payload) ? Evidence.Of(FlowProtocol.Http, AppSource.None) : default;
    }

    internal static Evidence MatchUdp(ReadOnlySpan<byte> payload)
    {
        if (IsDtls(payload))
            return Evidence.Of(FlowProtocol.Dtls, AppSource.None);
        return IsQuic(payload) || IsGoogleQuic(payload) ? Evidence.Of(FlowProtocol.Quic, AppSource.None) : default;
    }

    // A connection met after its handshake (RFC 8999 section 5.2): the client's packets on the HTTPS port begin with the server's connection id each time.
    internal static Evidence MatchQuicShort(in AppPacket packet)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        bool isShort = packet.ReceiverPort == QuicPort && payload.Length >= QuicShortBytesMin && payload[0] >> 6 == 1;
        return isShort ? Evidence.Partial(FlowProtocol.Quic, AppSource.None, BinaryPrimitives.ReadUInt32BigEndian(payload[1..])) : default;
    }

    // Any record: a flow may be met after its handshake (RFC 8446 section 5.1).
    private static bool IsTls(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < TlsHeaderBytes + 1 || payload[0] is not (>= 0x14 and <= 0x17) || payload[1] != 3 || payload[2] > 4)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(payload[3..]);
        byte first = payload[TlsHeaderBytes];
        return payload[0] switch
        {
            0x14 => length == 1 && first == 1,
            0x15 => length is 2 or (>= 16 and <= 128),
            _ => length is > 0 and <= TlsRecordMax,
        };
    }

    // A version 2 hello that offers version 3 or TLS (RFC 5246 appendix E.2).
    private static bool IsSsl2(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 11 || (payload[0] & 0x80) == 0 || payload[2] != 1)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(payload) & 0x7FFF;
        bool isVersion = (payload[3], payload[4]) is (0, 2) or (3, <= 3);
        int specs = BinaryPrimitives.ReadUInt16BigEndian(payload[5..]);
        int challenge = BinaryPrimitives.ReadUInt16BigEndian(payload[9..]);
        return isVersion && specs > 0 && specs % 3 == 0 && challenge is >= 16 and <= 32
            && length == 9 + specs + BinaryPrimitives.ReadUInt16BigEndian(payload[7..]) + challenge;
    }

    // RFC 9112 sections 3 and 4: a status line, or a method, a target and the version. Of a request line that goes on in the next segment, the method must be known.
    private static bool IsHttp(ReadOnlySpan<byte> payload)
    {
        if (payload.StartsWith("HTTP/1."u8))
            return payload.Length > 8 && payload[7] is (byte)'0' or (byte)'1' && payload[8] == (byte)' ';
        int blank = payload[..Math.Min(payload.Length, MethodMax + 1)].IndexOf((byte)' ');
        if (blank < 3 || payload[..blank].ContainsAnyExcept(MethodLetters))
            return false;
        int end = payload.IndexOf((byte)'\n');
        if (end < 0)
            return IsKnownMethod(payload[..blank]) && payload.Length > blank + 1 && IsTargetStart(payload[blank + 1]);
        ReadOnlySpan<byte> line = payload[(blank + 1)..end].TrimEnd((byte)'\r');
        return line.Length > 9 && line[^9..^1].SequenceEqual(" HTTP/1."u8) && line[^1] is (byte)'0' or (byte)'1';
    }

    private static bool IsTargetStart(byte letter) => letter is (byte)'/' or (byte)'*' or (byte)'h' || char.IsAsciiLetterOrDigit((char)letter);

    private static bool IsKnownMethod(ReadOnlySpan<byte> method) =>
        method.SequenceEqual("GET"u8) || method.SequenceEqual("POST"u8) || method.SequenceEqual("HEAD"u8) || method.SequenceEqual("PUT"u8)
        || method.SequenceEqual("DELETE"u8) || method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("PATCH"u8) || method.SequenceEqual("CONNECT"u8)
        || method.SequenceEqual("TRACE"u8) || method.SequenceEqual("PROPFIND"u8) || method.SequenceEqual("REPORT"u8);

    // A handshake or alert of version 1.0 or 1.2 in the clear (RFC 6347 section 4.1).
    private static bool IsDtls(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < DtlsHeaderBytes + 1 || payload[0] is not (>= 0x14 and <= 0x17) || (payload[1], payload[2]) is not ((0xFE, 0xFF or 0xFD) or (1, 0)))
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(payload[11..]);
        return length > 0 && length <= payload.Length - DtlsHeaderBytes;
    }

    // A long header (RFC 8999 section 5.1) of a version in use.
    private static bool IsQuic(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < QuicHeaderBytes || payload[0] < 0x80)
            return false;
        uint version = BinaryPrimitives.ReadUInt32BigEndian(payload[1..]);
        if (!IsQuicVersion(version))
            return false;
        if (IsGoogleVersion(version) && (version & 0xFF) == '6')
            return (payload[5] & 0x0F) is 0 or >= 5 && payload[5] != 0; // Q046 has both lengths in one byte.
        int destination = payload[5];
        int sourceAt = 6 + destination;
        return destination <= ConnectionIdMax && sourceAt < payload.Length && payload[sourceAt] <= ConnectionIdMax
            && sourceAt + 1 + payload[sourceAt] <= payload.Length;
    }

    // 1, 2 (RFC 9369), the drafts, Google's and Facebook's own, and the reserved ones that force a negotiation (RFC 9000 section 15).
    private static bool IsQuicVersion(uint version) =>
        version is 1 or 0x6B3343CF or (>= 0xFF000001 and <= 0xFF0000FF) or (>= 0xFACEB000 and <= 0xFACEB0FF)
        || (version & 0x0F0F0F0F) == 0x0A0A0A0A || IsGoogleVersion(version);

    private static bool IsGoogleVersion(uint version) =>
        version >> 24 is 'Q' or 'T' && (byte)(version >> 16) == '0' && (uint)((byte)(version >> 8) - '0') <= 9 && (uint)((byte)version - '0') <= 9;

    // Google's header before the drafts: flags with version and connection id, then both.
    private static bool IsGoogleQuic(ReadOnlySpan<byte> payload) =>
        payload.Length >= 14 && (payload[0] & 0xC9) == 0x09 && payload[9] == (byte)'Q' && IsGoogleVersion(BinaryPrimitives.ReadUInt32BigEndian(payload[9..]));
}
