namespace Natflow.Ports.Tests.Pcap;

public sealed class CaptureTruncationTests
{
    private const int MagicBytes = 4;

    [Theory]
    [InlineData(false, PcapBuilder.Microseconds)]
    [InlineData(true, PcapBuilder.Nanoseconds)]
    [InlineData(false, PcapBuilder.Modified)]
    public void Read_EachPrefixOfPcap_GivesThePacketsThatAreWhole(bool bigEndian, uint magic)
    {
        var builder = new PcapBuilder(bigEndian, magic);
        var ends = new List<int> { builder.ToArray().Length };
        for (int i = 0; i < 4; i++)
            ends.Add(builder.Record((uint)i, 0, CaptureContent.Packet(i, (i * 9) + 1), original: 2000).ToArray().Length);

        AssertPrefixes(builder.ToArray(), ends, [.. ends.Skip(1)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Read_EachPrefixOfPcapng_GivesThePacketsThatAreWhole(bool bigEndian)
    {
        PcapngBuilder builder = new();
        var blockEnds = new List<int>();
        var packetEnds = new List<int>();
        End(builder.Section(bigEndian), isPacket: false);
        End(builder.Interface(resolution: 9, offsetSeconds: 1), isPacket: false);
        End(builder.Enhanced(0, 1, CaptureContent.Packet(1, 61), comment: true), isPacket: true);
        End(builder.Other(4, 1, 2, 3, 4, 5), isPacket: false);
        End(builder.Simple(CaptureContent.Packet(2, 9)), isPacket: true);
        End(builder.Section(!bigEndian), isPacket: false);
        End(builder.Interface(), isPacket: false);
        End(builder.Obsolete(0, 3, CaptureContent.Packet(3, 14)), isPacket: true);

        AssertPrefixes(builder.ToArray(), blockEnds, packetEnds);

        void End(PcapngBuilder built, bool isPacket)
        {
            blockEnds.Add(built.Length);
            if (isPacket)
                packetEnds.Add(built.Length);
        }
    }

    private static void AssertPrefixes(byte[] file, List<int> cleanEnds, List<int> packetEnds)
    {
        for (int length = MagicBytes; length <= file.Length; length++)
        {
            CaptureContent content = CaptureContent.Read(file[..length]);

            Assert.Equal(packetEnds.Count(end => end <= length), content.Packets.Count);
            Assert.Equal(!cleanEnds.Contains(length), content.Damage is not null);
            if (content.Damage is null)
                continue;
            int damagedAt = cleanEnds.LastOrDefault(end => end < length);
            Assert.Equal(damagedAt, content.Damage.OffsetBytes);
            Assert.Contains($": {length - damagedAt} of ", content.Damage.Message, StringComparison.Ordinal);
        }
    }
}
