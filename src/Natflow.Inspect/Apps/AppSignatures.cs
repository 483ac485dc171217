using System.Buffers.Binary;

namespace Natflow.Inspect.Apps;

/// <summary>Applications with a payload of their own.</summary>
internal static class AppSignatures
{
    private const ushort SpotifyPort = 57621;
    private const int IqiyiBytesMin = 121;
    private const int IqiyiBytesMax = 299;
    private const int DiscordDiscoveryBytes = 74;
    private const int TelegramTagBytes = 16;

    // What a claimed machine waits for, byte by byte; the seventh may be 2 or 4.
    private static ReadOnlySpan<byte> WhatsAppPrefix => [0x45, 0x44, 0x00, 0x01, 0x00, 0x00, 0x00, 0x08];

    internal static Evidence MatchTcp(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 5)
            return default;
        switch (payload[0])
        {
            case 0x10 when payload.Length > 90 && payload[2..].StartsWith((ReadOnlySpan<byte>)[0x87, 0x80, 1, 0, 1, 0, 2, 0, 2, 0x64, 0x6B, 3, 0, 0x20]):
                return Evidence.Of(FlowApp.DingTalk, AppSource.DingTalk);
            case 0x00 when payload.Length >= 9 && payload[1] == 4 && payload[2] == 0 && payload[3] == 0 && payload[6] == 0x52
                && payload[7] is 0x0E or 0x0F && payload[8] == 0x50:
                return Evidence.Of(FlowApp.Spotify, AppSource.Spotify);
            case 0x57 when payload.StartsWith((ReadOnlySpan<byte>)[0x57, 0x41, 1, 5]):
                return Evidence.Of(FlowApp.WhatsApp, AppSource.WhatsApp);
            case 0x45 when WhatsAppMatched(payload, 0) == WhatsAppPrefix.Length:
                return Evidence.Of(FlowApp.WhatsApp, AppSource.WhatsApp);
            default:
                return default;
        }
    }

    internal static Evidence MatchUdp(in AppPacket packet)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        if (payload.Length < 7)
            return default;
        if (IsDiscord(payload))
            return Evidence.Of(FlowApp.Discord, AppSource.Discord);
        if (packet.ClientPort == SpotifyPort && packet.ServerPort == SpotifyPort && payload.StartsWith("SpotUdp"u8))
            return Evidence.Of(FlowApp.Spotify, AppSource.Spotify);
        if (payload.Length > 8 && (IsZoomPort(packet.ClientPort) || IsZoomPort(packet.ServerPort)) && payload[0] is 1 or 2 && payload[1] == 0 && payload[2] is 2 or 3)
            return Evidence.Of(FlowApp.Zoom, AppSource.Zoom);
        Evidence qq = MatchQQ(payload);
        if (!qq.IsNone)
            return qq;
        if (payload.Length is >= IqiyiBytesMin and <= IqiyiBytesMax && payload.IndexOf("PPStream"u8) >= 0)
            return Evidence.Of(FlowApp.Iqiyi, AppSource.Iqiyi);
        return IsTelegram(payload) ? Evidence.Of(FlowApp.Telegram, AppSource.Telegram) : default;
    }

    /// <summary>How far the prefix goes on in a packet.</summary>
    /// <param name="payload">The packet.</param>
    /// <param name="matched">Bytes of the prefix that came before it.</param>
    /// <returns>Bytes matched in all; -1 when the packet has a wrong byte.</returns>
    internal static int WhatsAppMatched(ReadOnlySpan<byte> payload, int matched)
    {
        for (int i = 0; i < payload.Length && matched < WhatsAppPrefix.Length; i++, matched++)
        {
            bool isRight = matched == 6 ? payload[i] is 2 or 4 : payload[i] == WhatsAppPrefix[matched];
            if (!isRight)
                return -1;
        }

        return matched;
    }

    // A keep-alive of voice, or the discovery of one's own address and its answer.
    private static bool IsDiscord(ReadOnlySpan<byte> payload)
    {
        uint head = BinaryPrimitives.ReadUInt32BigEndian(payload);
        return (payload.Length == 8 && head == 0x1337CAFE) || (payload.Length == DiscordDiscoveryBytes && head is 0x00010046 or 0x00020046);
    }

    private static bool IsZoomPort(ushort port) => port is >= 8801 and <= 8810;

    private static Evidence MatchQQ(ReadOnlySpan<byte> payload)
    {
        uint head = BinaryPrimitives.ReadUInt32BigEndian(payload);
        bool isKnown = (payload.Length, head) is (72, 0x02004800) or (64, 0x02004000) or (60, 0x02004200) or (84, 0x02005A00) or (56, 0x02003800);
        if (head >> 8 == 0x023B0B)
            isKnown = BinaryPrimitives.ReadUInt16BigEndian(payload[3..]) is (>= 0x0001 and <= 0x00B5) or 0x03F7;
        if (isKnown)
            return Evidence.Of(FlowApp.QQ, AppSource.QQ);
        return payload.Length >= 39 && head == 0x28000000 ? Evidence.Weak(FlowApp.QQ, AppSource.QQ) : default;
    }

    // A call's relay is asked for one's own address: a tag of 16 bytes, twelve times FF, then -2.
    private static bool IsTelegram(ReadOnlySpan<byte> payload) =>
        payload.Length >= TelegramTagBytes + 16
        && BinaryPrimitives.ReadUInt64BigEndian(payload[TelegramTagBytes..]) == ulong.MaxValue
        && BinaryPrimitives.ReadUInt64BigEndian(payload[(TelegramTagBytes + 8)..]) == 0xFFFFFFFF_FEFFFFFF;
}
