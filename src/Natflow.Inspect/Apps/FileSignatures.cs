using System.Buffers.Binary;

namespace Natflow.Inspect.Apps;

/// <summary>NFS with its port mapper and mount protocol, and SMB over TCP or in NetBIOS datagrams.</summary>
internal static class FileSignatures
{
    private const int RpcCallBytesMin = 40;
    private const uint PortMapper = 100000;
    private const uint Nfs = 100003;
    private const uint Mount = 100005;
    private const uint NfsVersionMax = 4;
    private const int NetBiosBytes = 4;
    private const int Smb1Bytes = 32;
    private const int Smb2Bytes = 64;
    private const ushort NetBiosDatagramPort = 138;

    // Header, then two encoded names of 34 bytes each (RFC 1002 section 4.4.2).
    private const int NetBiosDatagramNames = 14;
    private const int NetBiosNameBytes = 34;

    /// <summary>A remote procedure call (RFC 5531 section 9) of the NFS family.</summary>
    internal static Evidence MatchNfs(in AppPacket packet)
    {
        ReadOnlySpan<byte> call = packet.Payload;
        if (packet.IsTcp)
        {
            if (call.Length < 4 || BinaryPrimitives.ReadUInt32BigEndian(call) != (0x8000_0000u | (uint)(call.Length - 4)))
                return default;
            call = call[4..];
        }

        if (call.Length < RpcCallBytesMin || BinaryPrimitives.ReadUInt32BigEndian(call[4..]) != 0 || BinaryPrimitives.ReadUInt32BigEndian(call[8..]) != 2)
            return default;
        bool isFamily = BinaryPrimitives.ReadUInt32BigEndian(call[12..]) is PortMapper or Nfs or Mount;
        return isFamily && BinaryPrimitives.ReadUInt32BigEndian(call[16..]) <= NfsVersionMax ? Evidence.Of(FlowProtocol.Nfs, AppSource.Nfs) : default;
    }

    /// <summary>An SMB header, behind NetBIOS' length or not.</summary>
    internal static Evidence MatchSmb(ReadOnlySpan<byte> payload)
    {
        int room = payload.Length;
        if (payload.Length > NetBiosBytes && payload[0] == 0)
        {
            room = (payload[1] << 16) | BinaryPrimitives.ReadUInt16BigEndian(payload[2..]);
            if (room > payload.Length - NetBiosBytes)
                return default;
            payload = payload[NetBiosBytes..];
        }

        bool isMatch = (IsSmb2(payload) && room >= Smb2Bytes) || (IsSmb1(payload) && room >= Smb1Bytes);
        return isMatch ? Evidence.Of(FlowProtocol.Smb, AppSource.Smb) : default;
    }

    /// <summary>A mailslot message in a NetBIOS datagram: SMB1 behind two names.</summary>
    internal static Evidence MatchNetBiosDatagram(in AppPacket packet)
    {
        const int start = NetBiosDatagramNames + (2 * NetBiosNameBytes);
        ReadOnlySpan<byte> payload = packet.Payload;
        return packet.HasPort(NetBiosDatagramPort) && payload.Length > start && payload[0] is >= 0x10 and <= 0x12 && IsSmb1(payload[start..])
            ? Evidence.Of(FlowProtocol.Smb, AppSource.Smb)
            : default;
    }

    private static bool IsSmb1(ReadOnlySpan<byte> payload) => payload.Length >= Smb1Bytes && BinaryPrimitives.ReadUInt32BigEndian(payload) == 0xFF534D42;

    private static bool IsSmb2(ReadOnlySpan<byte> payload) =>
        payload.Length >= Smb2Bytes && BinaryPrimitives.ReadUInt32BigEndian(payload) == 0xFE534D42
        && BinaryPrimitives.ReadUInt16LittleEndian(payload[4..]) == Smb2Bytes;
}
