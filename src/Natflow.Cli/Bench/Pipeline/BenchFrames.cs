using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets;

namespace Natflow.Cli.Bench.Pipeline;

/// <summary>The first 64 bytes of one UDP frame a flow, with right checksums, its flow number in the payload. The rest of a longer frame is not looked at.</summary>
internal sealed class BenchFrames
{
    /// <summary>Bytes of each frame that are kept.</summary>
    internal const int ImageBytes = 64;

    private const int Ipv4Offset = 14;
    private const int UdpOffset = 34;
    private const int FlowNumberOffset = 42;

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
}
