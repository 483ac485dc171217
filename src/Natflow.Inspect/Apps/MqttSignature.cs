namespace Natflow.Inspect.Apps;

/// <summary>MQTT's connect packet, versions 3.1 to 5 (MQTT 5.0 section 3.1).</summary>
internal static class MqttSignature
{
    private const int BytesMin = 12;
    private const int LengthBytesMax = 4;
    private const int TopicBytesMax = 256;

    internal static Evidence Match(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < BytesMin || payload[0] != 0x10)
            return default;
        if (!TryReadLength(payload, out int length, out ReadOnlySpan<byte> rest) || length < 10 || length > rest.Length)
            return default;
        bool isVersion4 = rest.StartsWith("\0\u0004MQTT"u8) && rest[6] is 4 or 5 && (rest[7] & 1) == 0;
        bool isVersion3 = rest.Length > 9 && rest.StartsWith("\0\u0006MQIsdp"u8) && rest[8] == 3 && (rest[9] & 1) == 0;
        return isVersion4 || isVersion3 ? Evidence.Of(FlowProtocol.Mqtt, AppSource.Mqtt) : default;
    }

    /// <summary>A packet of a connection that was met after its beginning: a ping or its answer alone, or a publication that fills its segment.</summary>
    internal static Evidence MatchLater(ReadOnlySpan<byte> payload)
    {
        if (payload.Length == 2)
            return payload[0] is 0xC0 or 0xD0 && payload[1] == 0 ? Evidence.Backed(FlowProtocol.Mqtt, AppSource.Mqtt) : default;
        if (payload.Length < 5 || payload[0] >> 4 != 3 || !TryReadLength(payload, out int length, out ReadOnlySpan<byte> rest) || length != rest.Length || length < 3)
            return default;
        int topicBytes = (rest[0] << 8) | rest[1];
        bool isTopic = topicBytes is > 0 and <= TopicBytesMax && topicBytes + 2 <= rest.Length
            && !rest.Slice(2, topicBytes).ContainsAnyExceptInRange((byte)0x20, (byte)0x7E);
        return isTopic ? Evidence.Backed(FlowProtocol.Mqtt, AppSource.Mqtt) : default;
    }

    // The remaining length of section 2.1.4: seven bits a byte, four bytes at most.
    private static bool TryReadLength(ReadOnlySpan<byte> payload, out int length, out ReadOnlySpan<byte> rest)
    {
        length = 0;
        rest = default;
        for (int i = 1; i <= LengthBytesMax && i < payload.Length; i++)
        {
            length |= (payload[i] & 0x7F) << (7 * (i - 1));
            if (payload[i] >= 0x80)
                continue;
            rest = payload[(i + 1)..];
            return true;
        }

        return false;
    }
}
