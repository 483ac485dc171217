using System.Buffers.Binary;

namespace Natflow.Inspect.Apps;

/// <summary>BitTorrent: the peers' handshake (BEP 3), uTP (BEP 29), DHT (BEP 5), UDP trackers (BEP 15), local discovery (BEP 14).</summary>
internal static class BitTorrentSignatures
{
    private const int UtpHeaderBytes = 20;
    private const int UtpSynBytesMax = 64;
    private const int UtpExtensionsMax = 4;
    private const int UtpTypeSyn = 4;

    // No client offers a larger receive window.
    private const uint UtpWindowMax = 1 << 26;
    private const int DhtSearchBytes = 1024;
    private const int TrackerConnectBytes = 16;
    private const ulong TrackerProtocolId = 0x41727101980;

    internal static Evidence MatchTcp(ReadOnlySpan<byte> payload) =>
        payload.StartsWith("\u0013BitTorrent protocol"u8) ? Found : default;

    internal static Evidence MatchUdp(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 8)
            return default;
        if (payload[0] == (byte)'d' && IsDht(payload))
            return Found;
        if (payload.StartsWith("BT-SEARCH * HTTP/1.1\r\n"u8) || payload.StartsWith("\u0013BitTorrent protocol"u8))
            return Found;
        if (payload.Length == TrackerConnectBytes && BinaryPrimitives.ReadUInt64BigEndian(payload) == TrackerProtocolId
            && BinaryPrimitives.ReadUInt32BigEndian(payload[8..]) == 0)
        {
            return Found;
        }

        return MatchUtp(payload);
    }

    private static Evidence Found => Evidence.Of(FlowProtocol.BitTorrent, AppSource.BitTorrent);

    private static bool IsDht(ReadOnlySpan<byte> payload)
    {
        ReadOnlySpan<byte> head = payload[..Math.Min(payload.Length, DhtSearchBytes)];
        int type = head.IndexOf("1:y1:"u8);
        return type >= 0 && type + 5 < head.Length && head[type + 5] is (byte)'q' or (byte)'r' or (byte)'e';
    }

    // A SYN carries no data, and so says enough alone; of the other packets the connection ids must agree.
    private static Evidence MatchUtp(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < UtpHeaderBytes || (payload[0] & 0x0F) != 1 || payload[0] >> 4 > UtpTypeSyn || payload[1] > 2)
            return default;
        uint connectionId = BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
        if ((payload[0] == 0x01 && connectionId == 0) || !AreUtpExtensions(payload, out int headerBytes))
            return default;
        bool isSyn = payload[0] >> 4 == UtpTypeSyn && payload.Length == headerBytes && headerBytes <= UtpSynBytesMax;
        if (isSyn)
            return Found;
        bool isWindow = BinaryPrimitives.ReadUInt32BigEndian(payload[12..]) <= UtpWindowMax;
        return isWindow ? Evidence.Weak(FlowProtocol.BitTorrent, AppSource.BitTorrent, connectionId) : default;
    }

    private static bool AreUtpExtensions(ReadOnlySpan<byte> payload, out int position)
    {
        position = UtpHeaderBytes;
        byte type = payload[1];
        for (int count = 0; type != 0; count++)
        {
            if (count == UtpExtensionsMax || position + 2 > payload.Length || payload[position] > 2 || payload[position + 1] == 0)
                return false;
            type = payload[position];
            position += 2 + payload[position + 1];
            if (position > payload.Length)
                return false;
        }

        return true;
    }
}
