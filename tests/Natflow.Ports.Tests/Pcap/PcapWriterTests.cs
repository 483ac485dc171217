using Natflow.Ports.Pcap;

namespace Natflow.Ports.Tests.Pcap;

public sealed class PcapWriterTests
{
    [Fact]
    public void Write_Frames_ComeBackTheSame()
    {
        using var file = new TemporaryFile();
        Assert.True(PcapWriter.TryCreate(file.Path, out PcapWriter? writer, out _));
        using (writer)
        {
            for (int i = 0; i < 300; i++)
                writer.Write(1_700_000_000_123_456_789 + i, CaptureContent.Packet(i, i), originalBytes: (uint)i * 2);
            Assert.True(writer.TryFlush());
            Assert.Equal(300u, writer.WrittenCount);
        }

        CaptureContent content = CaptureContent.Read(File.ReadAllBytes(file.Path));

        Assert.Null(content.Damage);
        Assert.Equal(300, content.Packets.Count);
        for (int i = 0; i < 300; i++)
        {
            CapturePacket packet = content.Packets[i];
            Assert.Equal(1_700_000_000_123_456_789 + i, packet.TimestampNs);
            Assert.Equal((i, (uint)i * 2, LinkType.Ethernet), (packet.CapturedBytes, packet.OriginalBytes, packet.LinkType));
            Assert.Equal(CaptureContent.Packet(i, i), content.Bytes[i]);
        }
    }

    [Fact]
    public void Write_OneFrame_IsTheFormatByteForByte()
    {
        using var stream = new MemoryStream();
        using (var writer = new PcapWriter(stream))
            writer.Write(2_000_000_003, [0xAA, 0xBB], originalBytes: 9);

        const string fileHeader = "4D3CB2A1" + "02000400" + "00000000" + "00000000" + "00000400" + "01000000";
        const string record = "02000000" + "03000000" + "02000000" + "09000000" + "AABB";
        Assert.Equal(fileHeader + record, Convert.ToHexString(stream.ToArray()));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(long.MaxValue, 4_294_967_295_999_999_999)]
    public void Write_TimeOutsideTheFormat_IsItsNearestEnd(long timestampNs, long expectedNs)
    {
        using var stream = new MemoryStream();
        using (var writer = new PcapWriter(stream))
            writer.Write(timestampNs, [1], 1);

        Assert.Equal(expectedNs, Assert.Single(CaptureContent.Read(stream.ToArray()).Packets).TimestampNs);
    }

    [Fact]
    public void Write_ThousandsOfFrames_AllocatesNothing()
    {
        using var writer = new PcapWriter(Stream.Null);
        byte[] frame = new byte[1000];
        writer.Write(1, frame, 1000);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 5000; i++)
            writer.Write(i, frame, 1000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Write_DiskFull_IsRememberedAndCounted()
    {
        if (!PcapWriter.TryCreate("/dev/full", out PcapWriter? writer, out CaptureError? error))
            Assert.Fail(error.ToString());
        using (writer)
        {
            writer.Write(1, [1, 2, 3], 3);
            Assert.Null(writer.Failure);
            Assert.False(writer.TryFlush());
            Assert.NotNull(writer.Failure);
            writer.Write(2, [1, 2, 3], 3);

            Assert.Equal((1ul, 1ul), (writer.WrittenCount, writer.LostCount));
        }
    }

    [Theory]
    [InlineData("absent/out.pcap", CaptureErrorKind.NotFound, "no such folder")]
    [InlineData("", CaptureErrorKind.IsDirectory, "is a directory, expected a file")]
    public void Create_BadPath_SaysWhy(string name, CaptureErrorKind kind, string message)
    {
        string path = Path.Combine(AppContext.BaseDirectory, name);

        Assert.False(PcapWriter.TryCreate(path, out _, out CaptureError? error));
        Assert.Equal(new CaptureError(kind, path, message), error);

        Assert.False(PcapngWriter.TryCreate(path, [1], out _, out error));
        Assert.Equal(new CaptureError(kind, path, message), error);
    }

    [Fact]
    public void WritePcapng_SeveralInterfaces_ComeBackTheSame()
    {
        using var stream = new MemoryStream();
        using (var writer = new PcapngWriter(stream, LinkType.Ethernet, LinkType.Raw))
        {
            for (int i = 0; i < 9; i++)
                writer.Write(i % 2, 1_700_000_000_123_456_789 + i, CaptureContent.Packet(i, i), originalBytes: 100);
            Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(2, 0, [], 0));
        }

        CaptureContent content = CaptureContent.Read(stream.ToArray());

        Assert.Null(content.Damage);
        Assert.Equal(9, content.Packets.Count);
        for (int i = 0; i < 9; i++)
        {
            CapturePacket packet = content.Packets[i];
            Assert.Equal(1_700_000_000_123_456_789 + i, packet.TimestampNs);
            Assert.Equal((i, 100u, i % 2), (packet.CapturedBytes, packet.OriginalBytes, packet.InterfaceIndex));
            Assert.Equal(i % 2 == 0 ? LinkType.Ethernet : LinkType.Raw, packet.LinkType);
            Assert.Equal(CaptureContent.Packet(i, i), content.Bytes[i]);
        }
    }
}
