using System.Buffers.Binary;
using Natflow.Flows.Paths;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Model;

namespace Natflow.Offload.Tests.MediaTek;

/// <summary>Entries bit for bit as the reference has them.</summary>
public sealed class GoldenEntryTests
{
    private const string G1 =
        "23014021 0a01a8c0 507100cb bb01409c 51f07f00 076433c6 507100cb bb0138c7 00000000 00000000 " +
        "00000000 00000008 beadde02 0000feef 33221102 00000244 00000000 00000000 00000000 00000000";

    private const string G2 =
        "23405620 0a01a8c0 507100cb bb01409c 0185f000 076433c6 507100cb bb0138c7 00000000 00000000 " +
        "00000000 64006488 beadde02 0000feef 33221102 34120244";

    [Fact]
    public void Encode_PlainOnMt7621_IsG1() =>
        AssertImage(G1, Encode(MediaTekSoc.Mt7621, GoldenFlow.Out(), GoldenFlow.WanPath(), port: 1, clock: 0x0123));

    [Fact]
    public void Encode_PlainOnMt7622_DiffersInIb2Alone() => AssertImage(
        G1.Replace("51f07f00", "51047c00", StringComparison.Ordinal), Encode(MediaTekSoc.Mt7622, GoldenFlow.Out(), GoldenFlow.WanPath(), port: 1, clock: 0x0123));

    [Theory, InlineData(MediaTekSoc.Mt7981), InlineData(MediaTekSoc.Mt7986)]
    public void Encode_VlanAndPppoeOnV2_IsG2(MediaTekSoc soc) =>
        AssertImage(G2, Encode(soc, GoldenFlow.Out(), GoldenFlow.WanPath([100], 0x1234), port: 1, clock: 0x23));

    [Fact]
    public void Encode_ReplyToSwitchPortOnV2_IsG3() => AssertWords(
        Encode(MediaTekSoc.Mt7986, GoldenFlow.In(), GoldenFlow.LanPath(), port: 0, clock: 0x23, switchPort: 2),
        (0, 0x20504023), (4, 0xCB007150), (8, 0xC6336407), (12, 0x01BBC738), (16, 0x00F08305), (20, 0xCB007150), (24, 0xC0A8010A),
        (28, 0x01BB9C40), (44, 0x00040000), (48, 0x02AABBCC), (52, 0xDD100000), (56, 0x02112233), (60, 0x44010000));

    [Fact]
    public void Encode_Ipv6OnV3_IsG4() => AssertWords(
        Encode(MediaTekSoc.Mt7988, GoldenFlow.Out6(), GoldenFlow.WanPath(), port: 1, clock: 0x23),
        (0, 0x62D00023), (4, 0x20010DB8), (8, 0x00010000), (16, 0x00000010), (20, 0x20010DB8), (24, 0xFFFF0000), (32, 0x00000080),
        (36, 0x9C4001BB), (56, 0x00F08501), (60, 0x86DD0000), (64, 0x02DEADBE), (68, 0xEFFE0000), (72, 0x02112233), (76, 0x44020000));

    // Layer, tag mode, PPPoE, etype, VLAN1, VLAN2, session.
    [Theory]
    [InlineData(-1, new ushort[0], 0, 0, false, false, 0x0800, 0, 0)]
    [InlineData(-1, new ushort[] { 100 }, 0, 1, true, false, 0x0800, 100, 0)]
    [InlineData(-1, new ushort[] { 100, 200 }, 0, 2, true, false, 0x0800, 100, 200)]
    [InlineData(-1, new ushort[0], 0x1234, 0, false, true, 0x8864, 0, 0)]
    [InlineData(-1, new ushort[] { 100 }, 0x1234, 1, true, true, 0x8864, 100, 0)]
    [InlineData(2, new ushort[0], 0, 1, false, false, 0x0004, 0, 0)]
    [InlineData(2, new ushort[] { 100 }, 0, 1, false, false, 0x0104, 100, 0)]
    [InlineData(2, new ushort[0], 0x1234, 1, false, true, 0x0004, 0, 0)]
    [InlineData(2, new ushort[] { 100 }, 0x1234, 1, false, true, 0x0104, 100, 0)]
    public void Encode_TagMatrix_IsAsLinuxWritesIt(
        int switchPort, ushort[] vlans, int session, int layers, bool tagMode, bool hasPppoe, int etherType, int vlan1, int vlan2)
    {
        foreach (MediaTekSoc soc in Enum.GetValues<MediaTekSoc>())
        {
            PathRecord path = GoldenFlow.WanPath(vlans, session == 0 ? null : (ushort)session);
            byte[] image = Encode(soc, GoldenFlow.Out(), path, port: 1, clock: 1, switchPort);
            Assert.Equal(FoeDecodeStatus.Decoded, FoeCodec.TryDecode(FoeLayout.Of(soc), image, out FoeBody body));
            Assert.Equal(
                (layers, tagMode, hasPppoe, etherType, vlan1, vlan2, session),
                (body.Ib1.VlanLayers, body.Ib1.VlanTagMode, body.Ib1.HasPppoe, body.Link.EtherType, body.Link.Vlan1, body.Link.Vlan2, body.Link.PppoeSession));
        }
    }

    [Theory]
    [InlineData(MediaTekSoc.Mt7622, 44 + 8, 0x4442, 0x00020000, 0x00030000)]
    [InlineData(MediaTekSoc.Mt7986, 44 + 22, 0x0442, 0x000A0000, 0x000E0000)]
    public void Store_WirelessTarget_IsAsTheReferenceHasIt(MediaTekSoc soc, int offset, int word, uint ib2Bits, uint ib2Mask)
    {
        byte[] image = EncodeWireless(soc);
        Assert.Equal(word, BinaryPrimitives.ReadUInt16LittleEndian(image.AsSpan(offset)));
        Assert.Equal(ib2Bits, BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(16)) & ib2Mask);
    }

    [Fact]
    public void Store_WirelessTargetOnV3_HasItsOwnWords()
    {
        byte[] image = EncodeWireless(MediaTekSoc.Mt7988);
        Assert.Equal(0x00020011u, BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(44 + 24)));
        Assert.Equal(0x01000000u, BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(44 + 28)));
        Assert.Equal(0x000A0000u, BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(16)) & 0x000E0000u);
    }

    private static byte[] EncodeWireless(MediaTekSoc soc)
    {
        var layout = FoeLayout.Of(soc);
        var body = new FoeBody { Ib1 = new FoeIb1 { State = FoeState.Bind } };
        body.Ib2.EgressPort = (byte)(layout.Generation == 1 ? 3 : 8);
        var target = new WirelessTarget(Device: 0, Ring: 1, Bss: 2, Wcid: 17);
        target.Store(layout, ref body.Ib2, ref body.Link);
        byte[] image = new byte[layout.EntryBytes];
        FoeCodec.Encode(layout, body, image);
        Assert.Equal(FoeDecodeStatus.Decoded, FoeCodec.TryDecode(layout, image, out FoeBody read));
        Assert.Equal(target, WirelessTarget.Load(layout, read.Ib2, read.Link));
        return image;
    }

    private static byte[] Encode(
        MediaTekSoc soc, in FoeEntry entry, in PathRecord path, int port, uint clock, int switchPort = MediaTekPort.NoSwitch)
    {
        MediaTekSettings settings = GoldenFlow.Settings(soc);
        Assert.True(LinkRewrite.TryParse(path, out LinkRewrite link));
        MediaTekPort egress = settings.Ports[port] with { SwitchPort = switchPort };
        Assert.True(FlowEncoder.Supports(entry, link, egress));
        byte[] image = new byte[FoeLayout.Of(soc).EntryBytes];
        FoeCodec.Encode(FoeLayout.Of(soc), FlowEncoder.Encode(settings, entry, link, egress, clock), image);
        return image;
    }

    private static void AssertImage(string expected, byte[] image)
    {
        byte[] bytes = Convert.FromHexString(expected.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(bytes, image[..bytes.Length]);
        Assert.All(image[bytes.Length..], static value => Assert.Equal(0, value));
    }

    private static void AssertWords(byte[] image, params (int Offset, uint Word)[] words)
    {
        byte[] expected = new byte[image.Length];
        foreach ((int offset, uint word) in words)
            BinaryPrimitives.WriteUInt32LittleEndian(expected.AsSpan(offset), word);
        Assert.Equal(expected, image);
    }
}
