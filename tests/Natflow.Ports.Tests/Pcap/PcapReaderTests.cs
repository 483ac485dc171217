using System.IO.Compression;
using Natflow.Ports.Pcap;

namespace Natflow.Ports.Tests.Pcap;

public sealed class PcapReaderTests
{
    [Theory]
    [InlineData(false, PcapBuilder.Microseconds, 123_456_000)]
    [InlineData(true, PcapBuilder.Microseconds, 123_456_000)]
    [InlineData(false, PcapBuilder.Nanoseconds, 123_456)]
    [InlineData(true, PcapBuilder.Nanoseconds, 123_456)]
    [InlineData(false, PcapBuilder.Modified, 123_456_000)]
    [InlineData(true, PcapBuilder.Modified, 123_456_000)]
    public void Read_EachFormat_GivesTimeLengthsAndBytes(bool bigEndian, uint magic, long fractionNs)
    {
        byte[] first = CaptureContent.Packet(1, 60);
        byte[] second = CaptureContent.Packet(2, 7);
        byte[] file = new PcapBuilder(bigEndian, magic, linkType: 113)
            .Record(1_700_000_000, 123_456, first)
            .Record(uint.MaxValue, 0, second, original: 1500)
            .ToArray();

        CaptureContent content = CaptureContent.Read(file);

        Assert.Null(content.Damage);
        Assert.Equal(2, content.Packets.Count);
        Assert.Equal(1_700_000_000_000_000_000 + fractionNs, content.Packets[0].TimestampNs);
        Assert.Equal(uint.MaxValue * 1_000_000_000L, content.Packets[1].TimestampNs);
        Assert.Equal((60, 60u, 113), (content.Packets[0].CapturedBytes, content.Packets[0].OriginalBytes, content.Packets[0].LinkType));
        Assert.Equal((7, 1500u, 113), (content.Packets[1].CapturedBytes, content.Packets[1].OriginalBytes, content.Packets[1].LinkType));
        Assert.Equal(first, content.Bytes[0]);
        Assert.Equal(second, content.Bytes[1]);
    }

    [Fact]
    public void Read_HeaderOnly_HasNoPacketAndNoDamage()
    {
        CaptureContent content = CaptureContent.Read(new PcapBuilder().ToArray());

        Assert.Empty(content.Packets);
        Assert.Null(content.Damage);
    }

    [Fact]
    public void Read_PacketLongerThanDestination_IsFlaggedAndTheNextFollows()
    {
        byte[] file = new PcapBuilder()
            .Record(1, 0, CaptureContent.Packet(1, CaptureReader.PacketBytesMax))
            .Record(2, 0, CaptureContent.Packet(2, 100))
            .Record(3, 0, CaptureContent.Packet(3, 101))
            .ToArray();

        CaptureContent content = CaptureContent.Read(file, destinationBytes: 100);

        Assert.Null(content.Damage);
        Assert.Equal([true, false, true], content.Packets.Select(static packet => packet.IsOversize));
        Assert.Equal([CaptureReader.PacketBytesMax, 100, 101], content.Packets.Select(static packet => packet.CapturedBytes));
        Assert.Equal(CaptureContent.Packet(1, 100), content.Bytes[0]);
        Assert.Equal(CaptureContent.Packet(2, 100), content.Bytes[1]);
    }

    [Fact]
    public void Read_LengthBeyondAnyPacket_IsDamageAtTheRecord()
    {
        byte[] file = new PcapBuilder().Record(1, 0, new byte[10]).Record(2, 0, new byte[10], captured: 0xFFFF_FFFF).ToArray();

        CaptureContent content = CaptureContent.Read(file);

        Assert.Single(content.Packets);
        Assert.Equal(new CaptureDamage("test", 24 + 26, "a packet of 4294967295 bytes, expected at most 262144"), content.Damage);
        Assert.Equal("test: damaged at byte 50: a packet of 4294967295 bytes, expected at most 262144", content.Damage!.ToString());
    }

    [Fact]
    public void Read_CutInsideAPacket_SaysWhatIsThere()
    {
        byte[] file = new PcapBuilder().Record(1, 0, new byte[100]).ToArray();

        CaptureContent content = CaptureContent.Read(file[..^1]);

        Assert.Empty(content.Packets);
        Assert.Equal(new CaptureDamage("test", 24, "the file ends inside a packet: 115 of 116 bytes are there"), content.Damage);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(3, 0)]
    [InlineData(543, 0)]
    public void Read_OtherVersion_IsDamageOfTheHeader(int major, int minor)
    {
        CaptureContent content = CaptureContent.Read(new PcapBuilder(major: major, minor: minor).Record(1, 0, new byte[4]).ToArray());

        Assert.Empty(content.Packets);
        Assert.Equal(new CaptureDamage("test", 0, $"pcap version {major}.{minor}, expected 2.4"), content.Damage);
    }

    [Theory]
    [InlineData(0, 1000u, 40u)] // The length on the wire comes first.
    [InlineData(2, 1000u, 40u)]
    [InlineData(3, 1000u, 40u)] // Either may come first.
    [InlineData(3, 40u, 1000u)]
    [InlineData(4, 40u, 1000u)]
    [InlineData(5, 40u, 1000u)]
    public void Read_OldVersion_FindsTheCapturedLength(int minor, uint firstLength, uint secondLength)
    {
        byte[] file = new PcapBuilder(minor: minor)
            .Record(1, 0, CaptureContent.Packet(1, 40), captured: firstLength, original: secondLength).ToArray();

        CaptureContent content = CaptureContent.Read(file);

        Assert.Null(content.Damage);
        CapturePacket packet = Assert.Single(content.Packets);
        Assert.Equal((40, 1000u), (packet.CapturedBytes, packet.OriginalBytes));
    }

    [Theory]
    [InlineData(0x5400_0001u, 1)] // A frame check sequence of 10 bytes.
    [InlineData(0x0001_0001u, 0x1_0001)] // Reserved bits: another link type than Ethernet, whatever it is.
    public void Read_LinkTypeWithUpperBits_KeepsTheTypeApart(uint field, int linkType)
    {
        CaptureContent content = CaptureContent.Read(new PcapBuilder(linkType: field).Record(1, 0, new byte[4]).ToArray());

        Assert.Equal(linkType, Assert.Single(content.Packets).LinkType);
    }

    [Fact]
    public void Read_Compressed_GivesTheSame()
    {
        byte[] packet = CaptureContent.Packet(1, 1400);
        var builder = new PcapBuilder();
        for (uint i = 0; i < 200; i++)
            builder.Record(i, 0, packet);

        CaptureContent content = CaptureContent.Read(Compress(builder.ToArray()));

        Assert.Null(content.Damage);
        Assert.Equal(200, content.Packets.Count);
        Assert.All(content.Bytes, bytes => Assert.Equal(packet, bytes));
    }

    [Fact]
    public void Read_CompressedAndDamaged_GivesWhatCanBeHad()
    {
        var builder = new PcapBuilder();
        for (int i = 0; i < 200; i++)
            builder.Record((uint)i, 0, CaptureContent.Packet(i * i, 1000));
        byte[] compressed = Compress(builder.ToArray());
        compressed[^5] ^= 0xFF; // In the checksum at the end.

        CaptureContent content = CaptureContent.Read(compressed);

        Assert.NotEmpty(content.Packets);
        Assert.NotNull(content.Damage);
        Assert.Contains("reading failed", content.Damage.Message, StringComparison.Ordinal);
    }

    private static byte[] Compress(byte[] file)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest))
            gzip.Write(file);
        return compressed.ToArray();
    }
}
