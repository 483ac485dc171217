using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Ip;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>The first 64 bytes of one UDP frame a flow, with right checksums, its flow number in the payload. The rest of a longer frame is not looked at.</summary>
internal sealed class BenchFrames
{
    /// <summary>Bytes of each frame that are kept.</summary>
    internal const int ImageBytes = 64;

    private const int Ipv4Offset = 14;
    private const int UdpOffset = 34;
    private const int FlowNumberOffset = 42;

    private const int UdpOffsetIpv6 = 54;

    private readonly byte[] _images;
    private readonly ushort[] _lengths;

    /// <summary>Room for frames.</summary>
    /// <param name="count">Number of flows.</param>
    /// <param name="mix">Frame lengths in turn.</param>
    internal BenchFrames(int count, FrameMix mix)
    {
        Count = count;
        _images = new byte[(long)count * ImageBytes];
        _lengths = [.. Enumerable.Range(0, count).Select(mix.LengthBytes)];
    }

    /// <summary>Number of frames.</summary>
    internal int Count { get; }

    /// <summary>Length of a frame on the wire, without its check sequence.</summary>
    internal ushort LengthBytes(int index) => _lengths[index];

    /// <summary>The kept bytes of a frame.</summary>
    internal ReadOnlySpan<byte> Image(int index) => _images.AsSpan(index * ImageBytes, ImageBytes);

    /// <summary>Flow number in a frame of this class, translated or not.</summary>
    internal static int FlowOf(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadInt32LittleEndian(frame[FlowNumberOffset..]);

    /// <summary>Source address and port of a frame, network order.</summary>
    internal static (uint AddressBe, ushort PortBe) SourceOf(ReadOnlySpan<byte> frame) =>
        (BitConverter.ToUInt32(frame[(Ipv4Offset + 12)..]), BitConverter.ToUInt16(frame[UdpOffset..]));

    /// <summary>Writes a frame. Addresses and ports are in host order.</summary>
    internal void Set(int flow, uint srcAddress, uint dstAddress, ushort srcPort, ushort dstPort)
    {
        Span<byte> frame = _images.AsSpan(flow * ImageBytes, ImageBytes);
        frame.Clear();
        frame[..12].Fill(0x02);
        frame[12] = 0x08;

        Span<byte> ip = frame[Ipv4Offset..];
        int lengthBytes = _lengths[flow] - Ipv4Offset;
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)lengthBytes);
        ip[8] = 64;
        ip[9] = IpProtocol.Udp;
        BinaryPrimitives.WriteUInt32BigEndian(ip[12..], srcAddress);
        BinaryPrimitives.WriteUInt32BigEndian(ip[16..], dstAddress);
        BitConverter.TryWriteBytes(ip[10..], Checksum.Compute(ip[..20]));

        // The checksum is right for a payload of zeros behind the flow number, and never 0: it is updated at each translation.
        Span<byte> udp = frame[UdpOffset..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, srcPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], dstPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)(lengthBytes - 20));
        BinaryPrimitives.WriteInt32LittleEndian(frame[FlowNumberOffset..], flow);
        Span<byte> pseudo = stackalloc byte[12];
        ip.Slice(12, 8).CopyTo(pseudo);
        pseudo[9] = IpProtocol.Udp;
        udp.Slice(4, 2).CopyTo(pseudo[10..]);
        ushort sum = Checksum.Combine((ushort)~Checksum.Compute(pseudo), (ushort)~Checksum.Compute(udp));
        ushort checksum = (ushort)~sum;
        BitConverter.TryWriteBytes(udp[6..], checksum == 0 ? ushort.MaxValue : checksum);
    }

    /// <summary>Writes an IPv6 frame without flow number: 64 bytes hold none. Addresses are put behind 2001:db8::/64, each in a /64 of its own.</summary>
    internal void SetIpv6(int flow, uint srcAddress, uint dstAddress, ushort srcPort, ushort dstPort)
    {
        Span<byte> frame = _images.AsSpan(flow * ImageBytes, ImageBytes);
        frame.Clear();
        frame[..12].Fill(0x02);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], 0x86DD);
        int udpBytes = _lengths[flow] - UdpOffsetIpv6;
        Ipv6HeaderWriter.Write(frame[Ipv4Offset..], 0, udpBytes, IpProtocol.Udp, 64, AddressOf(srcAddress), AddressOf(dstAddress));
        Span<byte> udp = frame[UdpOffsetIpv6..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, srcPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], dstPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udpBytes);
        BitConverter.TryWriteBytes(udp[6..], TransportChecksum.Compute(frame.Slice(Ipv4Offset + 8, 32), IpProtocol.Udp, udp));
    }

    private static Ipv6Address AddressOf(uint address)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Address.SizeBytes];
        bytes.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, 0x2001_0DB8);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], address);
        bytes[15] = 1;
        return Ipv6Address.Read(bytes);
    }
}
