using Natflow.Ports.Pcap;

namespace Natflow.Ports.Tests.Pcap;

/// <summary>All that a reader gave for a capture.</summary>
internal sealed record CaptureContent(IReadOnlyList<CapturePacket> Packets, IReadOnlyList<byte[]> Bytes, CaptureDamage? Damage)
{
    internal static CaptureContent Read(byte[] file, int destinationBytes = 4096) =>
        Read(new MemoryStream(file, writable: false), destinationBytes);

    internal static CaptureContent Read(Stream stream, int destinationBytes = 4096)
    {
        Assert.True(CaptureReader.TryOpen(stream, "test", out CaptureReader? reader, out CaptureError? error), error?.ToString());
        using (reader)
        {
            var packets = new List<CapturePacket>();
            var bytes = new List<byte[]>();
            byte[] destination = new byte[destinationBytes];
            while (reader.TryRead(destination, out CapturePacket packet))
            {
                packets.Add(packet);
                bytes.Add(destination[..Math.Min(packet.CapturedBytes, destinationBytes)]);
            }

            Assert.False(reader.TryRead(destination, out _), "what has ended stays ended");
            return new CaptureContent(packets, bytes, reader.Damage);
        }
    }

    /// <summary>A packet of a length whose bytes tell which one it is.</summary>
    internal static byte[] Packet(int number, int lengthBytes)
    {
        byte[] packet = new byte[lengthBytes];
        for (int i = 0; i < lengthBytes; i++)
            packet[i] = (byte)((number * 37) + i);
        return packet;
    }
}
