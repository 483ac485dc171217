using Natflow.Memory;
using Natflow.Ports.Pcap;

namespace Natflow.Ports.Tests.Pcap;

public sealed class LinkTypeAdapterTests
{
    private const string Ipv4 = "45000014AABB";
    private const string Ipv6 = "6000000000AA";
    private const string NoMacs = "000000000000" + "000000000000";

    [Theory]
    [InlineData(LinkType.Ethernet, "0102030405060708090A0B0C0800" + Ipv4, "0102030405060708090A0B0C0800" + Ipv4)]
    [InlineData(LinkType.Raw, Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.Raw, Ipv6, NoMacs + "86DD" + Ipv6)]
    [InlineData(LinkType.RawBsd, Ipv6, NoMacs + "86DD" + Ipv6)]
    [InlineData(LinkType.RawOpenBsd, Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.Raw, "", NoMacs + "0800")]
    [InlineData(LinkType.Ipv4, Ipv6, NoMacs + "0800" + Ipv6)] // The parser finds the wrong version.
    [InlineData(LinkType.Ipv6, Ipv6, NoMacs + "86DD" + Ipv6)]
    [InlineData(LinkType.Null, "02000000" + Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.Null, "00000002" + Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.Null, "0A000000" + Ipv6, NoMacs + "86DD" + Ipv6)] // Linux.
    [InlineData(LinkType.Null, "18000000" + Ipv6, NoMacs + "86DD" + Ipv6)] // NetBSD, OpenBSD.
    [InlineData(LinkType.Null, "0000001C" + Ipv6, NoMacs + "86DD" + Ipv6)] // FreeBSD.
    [InlineData(LinkType.Null, "1E000000" + Ipv6, NoMacs + "86DD" + Ipv6)] // macOS.
    [InlineData(LinkType.Null, "07000000" + Ipv4, NoMacs + "FFFF" + Ipv4)]
    [InlineData(LinkType.Loop, "00000002" + Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.Loop, "00000018" + Ipv6, NoMacs + "86DD" + Ipv6)]
    [InlineData(
        LinkType.LinuxCooked,
        "0000" + "0001" + "0006" + "1122334455660000" + "0800" + Ipv4,
        "000000000000" + "112233445566" + "0800" + Ipv4)]
    [InlineData(LinkType.LinuxCooked, "0004" + "FFFE" + "0000" + "1122334455660000" + "86DD" + Ipv6, NoMacs + "86DD" + Ipv6)]
    [InlineData(
        LinkType.LinuxCooked2,
        "86DD" + "0000" + "00000003" + "0001" + "04" + "06" + "1122334455660000" + Ipv6,
        "000000000000" + "112233445566" + "86DD" + Ipv6)]
    [InlineData(LinkType.LinuxCooked2, "0800" + "0000" + "00000003" + "FFFE" + "04" + "08" + "1122334455667788" + Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.Ppp, "0021" + Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.Ppp, "FF030057" + Ipv6, NoMacs + "86DD" + Ipv6)]
    [InlineData(LinkType.Ppp, "21" + Ipv4, NoMacs + "0800" + Ipv4)] // A compressed protocol number.
    [InlineData(LinkType.Ppp, "C02101010004", NoMacs + "FFFF" + "01010004")]
    [InlineData(LinkType.PppHdlc, "FF030021" + Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.PppHdlc, "0F000800" + Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.CiscoHdlc, "8F0086DD" + Ipv6, NoMacs + "86DD" + Ipv6)]
    [InlineData(LinkType.PppWithDirection, "00FF030021" + Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.CiscoHdlcWithDirection, "010F000800" + Ipv4, NoMacs + "0800" + Ipv4)]
    [InlineData(LinkType.PppEther, "110000070008" + "0021" + Ipv4, NoMacs + "8864" + "110000070008" + "0021" + Ipv4)]
    [InlineData(LinkType.Mpls, "000011FF" + Ipv4, NoMacs + "8847" + "000011FF" + Ipv4)]
    public void ToEthernet_EachLinkType_ReplacesTheHeader(int linkType, string frame, string expected)
    {
        Assert.True(LinkTypeAdapter.IsKnown(linkType));
        Assert.Equal(expected, Adapt(linkType, Convert.FromHexString(frame)));
    }

    [Theory]
    [InlineData(LinkType.Null, 3, 3)]
    [InlineData(LinkType.Loop, 0, 0)]
    [InlineData(LinkType.LinuxCooked, 15, 13)]
    [InlineData(LinkType.LinuxCooked2, 19, 13)]
    [InlineData(LinkType.Ppp, 3, 3)]
    [InlineData(LinkType.CiscoHdlcWithDirection, 4, 4)]
    public void ToEthernet_CutInsideTheLinkHeader_IsShorterThanEthernet(int linkType, int lengthBytes, int expectedBytes) =>
        Assert.Equal(expectedBytes * 2, Adapt(linkType, new byte[lengthBytes]).Length);

    [Theory]
    [InlineData(127)]
    [InlineData(105)]
    [InlineData(0x1_0001)]
    public void IsKnown_OtherLinkTypes_IsFalse(int linkType) => Assert.False(LinkTypeAdapter.IsKnown(linkType));

    private static string Adapt(int linkType, byte[] frame)
    {
        using var umem = new Umem(2, 256);
        uint frameOffset = 256 + Umem.HeadroomBytes;
        int lengthBytes = frame.Length;
        umem.Chunk(frameOffset).Fill(0xEE);
        frame.CopyTo(umem.Frame(frameOffset, lengthBytes));

        LinkTypeAdapter.ToEthernet(linkType, umem, ref frameOffset, ref lengthBytes);

        Assert.Equal(256u, umem.ChunkOf(frameOffset));
        Assert.True(umem.Frame(256, CaptureNote.SizeBytes).IndexOfAnyExcept((byte)0xEE) < 0, "the note's bytes are left alone");
        return Convert.ToHexString(umem.Frame(frameOffset, lengthBytes));
    }
}
