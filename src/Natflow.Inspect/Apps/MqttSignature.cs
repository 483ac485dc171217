namespace Natflow.Inspect.Apps;

/// <summary>MQTT's connect packet, versions 3.1 to 5 (MQTT 5.0 section 3.1).</summary>
internal static class MqttSignature
{
    private const int BytesMin = 12;
    private const int LengthBytesMax = 4;

    internal static Evidence Match(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < BytesMin || payload[0] != 0x10)
            return default;
        int length = 0;
        int position = 1;
        for (int shift = 0; ; shift += 7)
        {
            if (position > LengthBytesMax)
                return default;
            byte part = payload[position++];
            length |= (part & 0x7F) << shift;
            if (part < 0x80)
                break;
        }

        ReadOnlySpan<byte> rest = payload[position..];
        if (length < 10 || length > rest.Length)
            return default;
        bool isVersion4 = rest.StartsWith("\0\u0004MQTT"u8) && rest[6] is 4 or 5 && (rest[7] & 1) == 0;
        bool isVersion3 = rest.Length > 9 && rest.StartsWith("\0\u0006MQIsdp"u8) && rest[8] == 3 && (rest[9] & 1) == 0;
        return isVersion4 || isVersion3 ? Evidence.Of(FlowProtocol.Mqtt, AppSource.Mqtt) : default;
    }
}
