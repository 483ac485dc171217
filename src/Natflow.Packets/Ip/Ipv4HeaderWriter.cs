using System.Buffers.Binary;

namespace Natflow.Packets.Ip;

/// <summary>Writes IPv4 headers.</summary>
public static class Ipv4HeaderWriter
{
    /// <summary>Writes a header without options, its checksum included.</summary>
    /// <param name="header">At least 20 bytes.</param>
    /// <param name="tos">DSCP and ECN.</param>
    /// <param name="totalBytes">0 to 65,535.</param>
    /// <param name="identification">Host order.</param>
    /// <param name="fragmentWord">Flags and offset, host order.</param>
    /// <param name="ttl">Time to live.</param>
    /// <param name="protocol">Protocol of what follows.</param>
    /// <param name="srcAddrBe">Network order.</param>
    /// <param name="dstAddrBe">Network order.</param>
    public static void Write(
        Span<byte> header,
        byte tos,
        int totalBytes,
        ushort identification,
        ushort fragmentWord,
        byte ttl,
        byte protocol,
        uint srcAddrBe,
        uint dstAddrBe)
    {
        header = header[..Ipv4Header.BytesMin];
        header[0] = 0x45;
        header[1] = tos;
        BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)totalBytes);
        BinaryPrimitives.WriteUInt16BigEndian(header[4..], identification);
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], fragmentWord);
        header[8] = ttl;
        header[9] = protocol;
        header[10] = header[11] = 0;
        BitConverter.TryWriteBytes(header[12..], srcAddrBe);
        BitConverter.TryWriteBytes(header[16..], dstAddrBe);
        BitConverter.TryWriteBytes(header[10..], Checksum.Compute(header));
    }
}
