using Natflow.Ports.Pcap;

namespace Natflow.Ports.Tests.Pcap;

public sealed class PcapngReaderTests
{
    private const byte Nanoseconds = 9;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_AllPacketBlocks_GivesTimeLengthsAndBytes(bool bigEndian)
    {
        byte[][] packets = [.. Enumerable.Range(0, 5).Select(static i => CaptureContent.Packet(i, 60 + i))];
        byte[] file = new PcapngBuilder()
            .Section(bigEndian)
            .Interface(linkType: 1)
            .Interface(linkType: 101, resolution: Nanoseconds)
            .Enhanced(0, 1_700_000_000_000_001, packets[0])
            .Other(4, 1, 2, 3, 4) // Names.
            .Enhanced(1, 1_700_000_000_000_000_002, packets[1], original: 9000, comment: true)
            .Other(5, 0, 0, 0, 0, 1, 2, 3, 4) // Statistics.
            .Obsolete(1, 1_700_000_000_000_000_003, packets[2], original: 70)
            .Other(0xBAD, 1, 2, 3)
            .Simple(packets[3])
            .Other(0x4000_0BAD)
            .Enhanced(0, 5, packets[4])
            .ToArray();

        CaptureContent content = CaptureContent.Read(file);

        Assert.Null(content.Damage);
        Assert.Equal(packets, content.Bytes);
        Assert.Equal(
            [1_700_000_000_000_001_000, 1_700_000_000_000_000_002, 1_700_000_000_000_000_003, 1_700_000_000_000_000_003, 5000],
            content.Packets.Select(static packet => packet.TimestampNs));
        Assert.Equal([60u, 9000u, 70u, 63u, 64u], content.Packets.Select(static packet => packet.OriginalBytes));
        Assert.Equal([1, 101, 101, 1, 1], content.Packets.Select(static packet => packet.LinkType));
        Assert.Equal([0, 1, 1, 0, 0], content.Packets.Select(static packet => packet.InterfaceIndex));
    }

    [Fact]
    public void Read_SectionsOfBothByteOrders_EachHasItsOwnInterfaces()
    {
        byte[] packet = CaptureContent.Packet(1, 61);
        byte[] file = new PcapngBuilder()
            .Section(bigEndian: false, options: [1, 0, 2, 0, (byte)'h', (byte)'i', 0, 0]).Interface(linkType: 1).Enhanced(0, 1, packet)
            .Section(bigEndian: true).Interface(linkType: 113).Enhanced(0, 2, packet)
            .Section(bigEndian: false, minor: 2).Enhanced(0, 3, packet)
            .ToArray();

        CaptureContent content = CaptureContent.Read(file);

        Assert.Equal([1, 113], content.Packets.Select(static read => read.LinkType));
        Assert.Equal([1000, 2000], content.Packets.Select(static read => read.TimestampNs));
        Assert.Equal("a packet of interface 0, but the section describes 0 so far", content.Damage?.Message);
    }

    [Theory]
    [InlineData(0, 3, 3_000_000_000)] // Seconds.
    [InlineData(3, 3, 3_000_000)]
    [InlineData(6, 3, 3000)]
    [InlineData(9, 3, 3)]
    [InlineData(12, 3_999, 3)]
    [InlineData(28, long.MaxValue, 0)]
    [InlineData(29, long.MaxValue, 0)]
    [InlineData(127, long.MaxValue, 0)]
    [InlineData(0x80, 3, 3_000_000_000)] // 2^0: seconds.
    [InlineData(0x80 | 10, 1024 + 512, 1_500_000_000)]
    [InlineData(0x80 | 20, 1 << 20, 1_000_000_000)]
    [InlineData(0x80 | 62, long.MaxValue, 1_999_999_999)]
    [InlineData(0xFF, long.MaxValue, 0)]
    [InlineData(0, long.MaxValue, long.MaxValue)] // Beyond 64 bits of nanoseconds.
    public void Read_Resolution_BecomesNanoseconds(byte resolution, long units, long expectedNs)
    {
        byte[] file = new PcapngBuilder().Section().Interface(resolution: resolution).Enhanced(0, (ulong)units, [1]).ToArray();

        Assert.Equal(expectedNs, Assert.Single(CaptureContent.Read(file).Packets).TimestampNs);
    }

    [Theory]
    [InlineData(1_000_000, 1_000_000_000_000_003)]
    [InlineData(-1_000_000, -999_999_999_999_997)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(long.MinValue, long.MinValue)]
    public void Read_TimeOffset_IsAddedAndLimited(long offsetSeconds, long expectedNs)
    {
        byte[] file = new PcapngBuilder()
            .Section(bigEndian: true).Interface(resolution: Nanoseconds, offsetSeconds: offsetSeconds).Enhanced(0, 3, [1]).ToArray();

        Assert.Equal(expectedNs, Assert.Single(CaptureContent.Read(file).Packets).TimestampNs);
    }

    [Fact]
    public void Read_SimplePackets_AreCutToTheSnapLengthOfTheFirstInterface()
    {
        byte[] file = new PcapngBuilder()
            .Section().Interface(snapLength: 10)
            .Simple(CaptureContent.Packet(1, 10), original: 100)
            .Simple(CaptureContent.Packet(2, 5))
            .Simple(CaptureContent.Packet(3, 11))
            .ToArray();

        CaptureContent content = CaptureContent.Read(file);

        Assert.Null(content.Damage);
        Assert.Equal([10, 5, 10], content.Packets.Select(static packet => packet.CapturedBytes));
        Assert.Equal([100u, 5u, 11u], content.Packets.Select(static packet => packet.OriginalBytes));
    }

    [Fact]
    public void Read_PacketLongerThanDestination_IsFlaggedAndTheNextFollows()
    {
        byte[] file = new PcapngBuilder()
            .Section().Interface()
            .Enhanced(0, 1, CaptureContent.Packet(1, 200_001))
            .Enhanced(0, 2, CaptureContent.Packet(2, 50))
            .ToArray();

        CaptureContent content = CaptureContent.Read(file, destinationBytes: 100);

        Assert.Null(content.Damage);
        Assert.Equal([true, false], content.Packets.Select(static packet => packet.IsOversize));
        Assert.Equal(CaptureContent.Packet(2, 50), content.Bytes[1]);
    }

    [Theory]
    [InlineData(0xFFFF_FFFCu, null, "the file ends inside a block: ")]
    [InlineData(8u, null, "a block of type 0x99 of 8 bytes, expected a multiple of 4, at least 12")]
    [InlineData(0u, null, "a block of type 0x99 of 0 bytes, expected a multiple of 4, at least 12")]
    [InlineData(13u, null, "a block of type 0x99 of 13 bytes, expected a multiple of 4, at least 12")]
    [InlineData(null, 24u, "a block of 16 bytes that ends with the length 24, expected the same")]
    public void Read_LyingBlockLength_IsDamageAtTheBlock(uint? length, uint? trailer, string message)
    {
        PcapngBuilder builder = new PcapngBuilder().Section().Interface().Enhanced(0, 1, [1, 2, 3]);
        int offset = builder.Length;
        builder.Block(0x99, static body => body.Add32(0), length, trailer).Enhanced(0, 1, [1, 2, 3]);

        CaptureContent content = CaptureContent.Read(builder.ToArray());

        Assert.Single(content.Packets);
        Assert.Equal(offset, content.Damage?.OffsetBytes);
        Assert.StartsWith(message, content.Damage?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9u, "a packet of 9 bytes where 8 bytes of its block are left")]
    [InlineData(0xFFFF_FFFFu, "a packet of 4294967295 bytes where 8 bytes of its block are left")]
    public void Read_PacketLongerThanItsBlock_IsDamage(uint captured, string message)
    {
        byte[] file = new PcapngBuilder().Section().Interface().Enhanced(0, 1, new byte[8], captured: captured).ToArray();

        CaptureContent content = CaptureContent.Read(file);

        Assert.Empty(content.Packets);
        Assert.Equal(message, content.Damage?.Message);
    }

    [Fact]
    public void Read_PacketBeyondTheLimit_IsDamage()
    {
        byte[] file = new PcapngBuilder().Section().Interface().Enhanced(0, 1, new byte[CaptureReader.PacketBytesMax + 1]).ToArray();

        Assert.Equal("a packet of 262145 bytes, expected at most 262144", CaptureContent.Read(file).Damage?.Message);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    public void Read_OtherVersion_IsDamage(int major, int minor)
    {
        byte[] file = new PcapngBuilder().Section(major: major, minor: minor).Interface().Enhanced(0, 1, [1]).ToArray();

        CaptureContent content = CaptureContent.Read(file);

        Assert.Empty(content.Packets);
        Assert.Equal($"pcapng version {major}.{minor}, expected 1.0", content.Damage?.Message);
    }

    [Fact]
    public void Read_WrongByteOrderMagic_IsDamage()
    {
        byte[] file = new PcapngBuilder().Section(byteOrderMagic: 0x1234_5678).ToArray();

        Assert.Equal(
            new CaptureDamage("test", 0, "byte-order magic 78563412 in a section header, expected 1a2b3c4d in either order"),
            CaptureContent.Read(file).Damage);
    }

    [Fact]
    public void Read_InterfaceOptionBeyondItsBlock_IsDamage()
    {
        byte[] file = new PcapngBuilder()
            .Section().Block(1, static body => body.Add16(1).Add16(0).Add32(0).Add16(9).Add16(5).Add32(6)).ToArray();

        Assert.Equal("an interface option of 5 bytes where 4 bytes of its block are left", CaptureContent.Read(file).Damage?.Message);
    }

    [Fact]
    public void Read_EndlessInterfaces_AreBounded()
    {
        PcapngBuilder builder = new PcapngBuilder().Section();
        for (int i = 0; i < 4097; i++)
            builder.Interface();

        Assert.Equal("more than 4096 interfaces in a section", CaptureContent.Read(builder.ToArray()).Damage?.Message);
    }
}
