using Natflow.Ports.Pcap;

namespace Natflow.Ports.Tests.Pcap;

public sealed class CaptureStreamingTests
{
    private const long StreamBytes = 200L << 20;
    private const long AllocatedBytesMax = 1 << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_200MegabytesFromAPipe_AllocatesOneBuffer(bool isPcapng)
    {
        (byte[] head, byte[] repeated, int packetBytes) = isPcapng ? Pcapng() : Pcap();
        long repeatCount = StreamBytes / repeated.Length;
        using var stream = new RepeatingStream(head, repeated, repeatCount);
        byte[] destination = new byte[2048];

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(CaptureReader.TryOpen(stream, "big", out CaptureReader? reader, out _));
        long packetCount = 0;
        while (reader.TryRead(destination, out CapturePacket packet))
            packetCount += packet.CapturedBytes == packetBytes ? 1 : 0;
        CaptureDamage? damage = reader.Damage;
        reader.Dispose();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Null(damage);
        Assert.Equal(repeatCount, packetCount);
        Assert.InRange(allocated, 0, AllocatedBytesMax);
    }

    private static (byte[] Head, byte[] Repeated, int PacketBytes) Pcap()
    {
        byte[] head = new PcapBuilder().ToArray();
        return (head, new PcapBuilder().Record(1, 2, new byte[64]).ToArray()[head.Length..], 64);
    }

    private static (byte[] Head, byte[] Repeated, int PacketBytes) Pcapng()
    {
        PcapngBuilder builder = new PcapngBuilder().Section().Interface(resolution: 9);
        byte[] head = builder.ToArray();
        return (head, builder.Enhanced(0, 1, new byte[1459], comment: true).ToArray()[head.Length..], 1459);
    }

    /// <summary>A pipe that gives some bytes and then others again and again, in pieces of odd sizes.</summary>
    private sealed class RepeatingStream(byte[] head, byte[] repeated, long repeatCount) : ReadOnlyStream
    {
        private long _position;

        public override int Read(Span<byte> buffer)
        {
            long left = head.Length + (repeated.Length * repeatCount) - _position;
            int count = (int)Math.Min(Math.Min(buffer.Length, 30_011), left);
            for (int done = 0; done < count;)
            {
                ReadOnlySpan<byte> source = _position < head.Length
                    ? head.AsSpan((int)_position)
                    : repeated.AsSpan((int)((_position - head.Length) % repeated.Length));
                int step = Math.Min(source.Length, count - done);
                source[..step].CopyTo(buffer[done..]);
                done += step;
                _position += step;
            }

            return count;
        }
    }
}
