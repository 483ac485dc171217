using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Offload.Model;
using Natflow.Packets;

namespace Natflow.Testing.Offload;

/// <summary>What an entry does to a plain Ethernet frame of IPv4, in the plainest words: addresses, ports and TTL are put, checksums computed anew.</summary>
internal static class EntryRewrite
{
    private const int L3 = 14;
    private const int L4 = 34;
    private const int UdpBytes = 8;
    private const int TcpBytes = 20;

    /// <summary>Reads the frame's key, as far as entries describe such frames.</summary>
    /// <returns>False for what no entry describes.</returns>
    internal static bool TryReadKey(ReadOnlySpan<byte> frame, Side side, out FoeEntry key)
    {
        key = default;
        if (frame.Length < L4 + UdpBytes || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != 0x0800 || frame[L3] != 0x45 || (frame[0] & 1) != 0)
            return false;
        bool isFragment = (BinaryPrimitives.ReadUInt16BigEndian(frame[(L3 + 6)..]) & 0x3FFF) != 0;
        byte protocol = frame[L3 + 9];
        if (isFragment || frame[L3 + 8] <= 1 || protocol is not (IpProtocol.Tcp or IpProtocol.Udp))
            return false;
        if (protocol == IpProtocol.Tcp && (frame.Length < L4 + TcpBytes || (frame[L4 + 13] & (TcpFlags.Fin | TcpFlags.Syn | TcpFlags.Rst)) != 0))
            return false;
        key.SrcAddr = Mapped(frame[(L3 + 12)..]);
        key.DstAddr = Mapped(frame[(L3 + 16)..]);
        key.SrcPortBe = Be(BinaryPrimitives.ReadUInt16BigEndian(frame[L4..]));
        key.DstPortBe = Be(BinaryPrimitives.ReadUInt16BigEndian(frame[(L4 + 2)..]));
        key.Protocol = protocol;
        key.Side = side;
        return true;
    }

    internal static int L3Bytes(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt16BigEndian(frame[(L3 + 2)..]);

    /// <summary>The frame as it leaves; the link header stays.</summary>
    internal static byte[] Apply(ReadOnlySpan<byte> frame, ref readonly FoeEntry entry)
    {
        byte[] left = frame.ToArray();
        Span<byte> ip = left.AsSpan(L3);
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], (uint)entry.NewSrcAddr.ToUInt128());
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], (uint)entry.NewDstAddr.ToUInt128());
        BinaryPrimitives.WriteUInt16BigEndian(ip[20..], Be(entry.NewSrcPortBe));
        BinaryPrimitives.WriteUInt16BigEndian(ip[22..], Be(entry.NewDstPortBe));
        ip[8]--;
        ip[10] = ip[11] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], (ushort)~Sum(ip[..20], 0));
        int checksum = 20 + (entry.Protocol == IpProtocol.Tcp ? 16 : 6);
        if (entry.Protocol == IpProtocol.Udp && BinaryPrimitives.ReadUInt16BigEndian(ip[checksum..]) == 0)
            return left; // None, and none it stays.
        Span<byte> segment = ip[20..L3Bytes(left)];
        segment[checksum - 20] = segment[checksum - 19] = 0;
        ushort sum = (ushort)~Sum(segment, (uint)(Sum(ip[12..20], 0) + entry.Protocol + segment.Length));
        BinaryPrimitives.WriteUInt16BigEndian(ip[checksum..], sum == 0 && entry.Protocol == IpProtocol.Udp ? ushort.MaxValue : sum);
        return left;
    }

    private static ushort Sum(ReadOnlySpan<byte> bytes, uint start)
    {
        uint sum = start;
        for (int i = 0; i + 1 < bytes.Length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes[i..]);
        if (bytes.Length % 2 != 0)
            sum += (uint)bytes[^1] << 8;
        while (sum >> 16 != 0)
            sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)sum;
    }

    private static Ipv6Address Mapped(ReadOnlySpan<byte> address) => Ipv6Address.Of(new UInt128(0, 0xFFFF00000000UL | BinaryPrimitives.ReadUInt32BigEndian(address)));

    private static ushort Be(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}
