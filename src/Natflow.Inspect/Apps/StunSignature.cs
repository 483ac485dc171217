using System.Buffers.Binary;

namespace Natflow.Inspect.Apps;

/// <summary>STUN and TURN messages (RFC 8489 section 5), also behind the length that TCP puts before them (RFC 4571), and without the cookie as of RFC 3489.</summary>
internal static class StunSignature
{
    private const int HeaderBytes = 20;
    private const uint Cookie = 0x2112A442;

    // Allocate, refresh, send, data, create permission, channel bind (RFC 8656 section 17).
    private const uint TurnMethods = (1 << 3) | (1 << 4) | (1 << 6) | (1 << 7) | (1 << 8) | (1 << 9);

    private const int ClassicAttributesMax = 16;

    internal static Evidence Match(in AppPacket packet)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        Evidence found = MatchMessage(payload);
        if (!found.IsNone)
            return found;
        if (!packet.IsTcp)
            return IsClassic(payload) ? Evidence.Weak(FlowProtocol.Stun, AppSource.Stun) : default;
        return payload.Length >= HeaderBytes + 2 && BinaryPrimitives.ReadUInt16BigEndian(payload) >= HeaderBytes ? MatchMessage(payload[2..]) : default;
    }

    private static Evidence MatchMessage(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < HeaderBytes || (payload[0] & 0xC0) != 0 || BinaryPrimitives.ReadUInt32BigEndian(payload[4..]) != Cookie)
            return default;
        int length = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
        if ((length & 3) != 0 || length > payload.Length - HeaderBytes)
            return default;

        int type = BinaryPrimitives.ReadUInt16BigEndian(payload);
        int method = (type & 0x000F) | ((type & 0x00E0) >> 1) | ((type & 0x3E00) >> 2);
        return method < 32 && ((TurnMethods >> method) & 1) != 0
            ? Evidence.Of(FlowProtocol.Turn, AppSource.Turn)
            : Evidence.Of(FlowProtocol.Stun, AppSource.Stun);
    }

    // RFC 3489 section 11: a binding message with attributes that fill it to its last byte.
    private static bool IsClassic(ReadOnlySpan<byte> payload)
    {
        if (payload.Length <= HeaderBytes || BinaryPrimitives.ReadUInt16BigEndian(payload) is not (0x0001 or 0x0101 or 0x0111)
            || BinaryPrimitives.ReadUInt16BigEndian(payload[2..]) != payload.Length - HeaderBytes)
        {
            return false;
        }

        ReadOnlySpan<byte> attributes = payload[HeaderBytes..];
        for (int count = 0; count < ClassicAttributesMax && !attributes.IsEmpty; count++)
        {
            if (attributes.Length < 4)
                return false;
            int type = BinaryPrimitives.ReadUInt16BigEndian(attributes);
            int bytes = 4 + ((BinaryPrimitives.ReadUInt16BigEndian(attributes[2..]) + 3) & ~3);
            if (type == 0 || bytes > attributes.Length)
                return false;
            attributes = attributes[bytes..];
        }

        return attributes.IsEmpty;
    }
}
