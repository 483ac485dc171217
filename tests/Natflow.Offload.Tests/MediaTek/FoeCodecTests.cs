using System.Buffers.Binary;
using System.Reflection;
using Natflow.Offload.MediaTek;
using Natflow.Testing;

namespace Natflow.Offload.Tests.MediaTek;

/// <summary>Codecs of all types and generations: round trips, any bytes, single bits.</summary>
public sealed class FoeCodecTests
{
    private static readonly FoeLayout[] Layouts = [FoeLayout.V1, FoeLayout.V2, FoeLayout.V3];

    private static readonly byte[] Types = [0, 1, 2, 3, 4, 5, 7];

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void EncodeAndDecode_RandomEntries_GiveThemBack(int seed)
    {
        var prng = new Prng(seed);
        foreach (FoeLayout layout in Layouts)
        {
            for (int step = 0; step < 2_000; step++)
            {
                FoeBody body = Next(prng, layout, Types[step % Types.Length]);
                byte[] image = new byte[layout.EntryBytes];
                prng.NextBytes(image);
                FoeCodec.Encode(layout, body, image);
                Assert.Equal(FoeDecodeStatus.Decoded, FoeCodec.TryDecode(layout, image, out FoeBody read));
                Assert.True(body == read, $"generation {layout.Generation}, seed {seed}, step {step}");
            }
        }
    }

    [Theory, InlineData(4), InlineData(5)]
    public void TryDecode_AnyBytes_GivesAStatusAndKeepsWhatHasAMeaning(int seed)
    {
        var prng = new Prng(seed);
        var statuses = new HashSet<FoeDecodeStatus>();
        foreach (FoeLayout layout in Layouts)
        {
            for (int step = 0; step < 5_000; step++)
            {
                byte[] image = new byte[prng.Next(layout.EntryBytes + 40)];
                prng.NextBytes(image);
                FoeDecodeStatus status = FoeCodec.TryDecode(layout, image, out FoeBody body);
                statuses.Add(status);
                Assert.Equal(image.Length < layout.EntryBytes, status == FoeDecodeStatus.Truncated);
                if (status != FoeDecodeStatus.Decoded) continue;
                byte[] again = new byte[layout.EntryBytes];
                FoeCodec.Encode(layout, body, again);
                Assert.Equal(image[..4], again[..4]);
                int ib2 = FoeCodec.Ib2Offset(body.Type);
                Assert.Equal(image[ib2..(ib2 + 4)], again[ib2..(ib2 + 4)]);
                int link = FoeCodec.LinkOffset(body.Type);
                Assert.Equal(image[link..(link + layout.LinkBytes)], again[link..(link + layout.LinkBytes)]);
            }
        }

        Assert.Equal([FoeDecodeStatus.Decoded, FoeDecodeStatus.Truncated, FoeDecodeStatus.UnknownType, FoeDecodeStatus.BadFiller], statuses.Order());
    }

    // Bits of words of which one field is set, as the reference tables number them.
    [Theory]
    [InlineData(1, nameof(FoeIb1.VlanLayers), 16)]
    [InlineData(1, nameof(FoeIb1.HasPppoe), 19)]
    [InlineData(1, nameof(FoeIb1.VlanTagMode), 20)]
    [InlineData(1, nameof(FoeIb1.IsCacheable), 22)]
    [InlineData(1, nameof(FoeIb1.StripTunnel), 23)]
    [InlineData(1, nameof(FoeIb1.DecrementTtl), 24)]
    [InlineData(1, nameof(FoeIb1.KeepAlive), 15)]
    [InlineData(1, nameof(FoeIb1.PacketType), 25)]
    [InlineData(2, nameof(FoeIb1.VlanLayers), 14)]
    [InlineData(2, nameof(FoeIb1.HasPppoe), 17)]
    [InlineData(2, nameof(FoeIb1.VlanTagMode), 18)]
    [InlineData(2, nameof(FoeIb1.IsCacheable), 20)]
    [InlineData(2, nameof(FoeIb1.StripTunnel), 21)]
    [InlineData(2, nameof(FoeIb1.DecrementTtl), 22)]
    [InlineData(2, nameof(FoeIb1.KeepAlive), 13)]
    [InlineData(2, nameof(FoeIb1.PacketType), 23)]
    public void Ib1_OneField_SetsItsBit(int generation, string field, int bit)
    {
        object ib1 = new FoeIb1 { State = FoeState.Bind };
        PropertyInfo property = typeof(FoeIb1).GetProperty(field, BindingFlags.Instance | BindingFlags.NonPublic)!;
        property.SetValue(ib1, property.PropertyType == typeof(bool) ? true : (byte)1);
        Assert.Equal(0x20000000u | (1u << bit), ((FoeIb1)ib1).Encode(Layouts[generation - 1]));
    }

    [Theory]
    [InlineData(0x12345678u)]
    [InlineData(0x87654321u)]
    [InlineData(0xFFFFFFFFu)]
    [InlineData(0xAAAAAAAAu)]
    [InlineData(0x55555555u)]
    public void ControlWords_AnyWord_ComeBackWhole(uint word)
    {
        foreach (FoeLayout layout in Layouts)
        {
            Assert.Equal(word, FoeIb1.Decode(layout, word).Encode(layout));
            Assert.Equal(word, FoeIb2.Decode(layout, word).Encode(layout));
        }
    }

    [Fact]
    public void MibWords_Widths_AreThoseOfTheRegisters()
    {
        Span<uint> words = stackalloc uint[FoeMib.WordsMax];
        FoeMib.Encode(FoeLayout.V2, 0x0000_A1A2_A3A4_A5A6, 0x0000_00B1_B2B3_B4B5, words);
        Assert.Equal([0xA3A4A5A6, 0xB4B5A1A2, 0x00B1B2B3, 0], words.ToArray());
        Assert.Equal((0x0000_A1A2_A3A4_A5A6ul, 0x0000_00B1_B2B3_B4B5ul), FoeMib.Decode(FoeLayout.V2, words));

        FoeMib.Encode(FoeLayout.V3, 0x0102030405060708, 0x1112131415161718, words);
        Assert.Equal([0x05060708, 0x01020304, 0x15161718, 0x11121314], words.ToArray());
        Assert.Equal((0x0102030405060708ul, 0x1112131415161718ul), FoeMib.Decode(FoeLayout.V3, words));
    }

    [Fact]
    public void TryDecode_ProtocolWithoutFiller_IsRefused()
    {
        byte[] image = new byte[80];
        BinaryPrimitives.WriteUInt32LittleEndian(image, 0x22000000); // Bound, IPv4 ROUTE.
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(12), 0xA5A5A62F);
        Assert.Equal(FoeDecodeStatus.BadFiller, FoeCodec.TryDecode(FoeLayout.V1, image, out _));
    }

    private static FoeBody Next(Prng prng, FoeLayout layout, byte type)
    {
        var body = new FoeBody
        {
            Ib1 = FoeIb1.Decode(layout, layout.PacketType.With((uint)prng.NextULong(), type)),
            Ib2 = FoeIb2.Decode(layout, (uint)prng.NextULong()),
        };
        byte[] link = new byte[32];
        prng.NextBytes(link);
        body.Link = FoeLink.Decode(layout, link);
        if (type == (byte)FoePacketType.Bridge)
        {
            body.BridgeDstMac = prng.NextULong() >> 16;
            body.BridgeSrcMac = prng.NextULong() >> 16;
            body.BridgeVlan = (ushort)prng.NextULong();
            return body;
        }

        bool isIpv6 = type is 4 or 5 or 7;
        body.Src = isIpv6 ? new UInt128(prng.NextULong(), prng.NextULong()) : (uint)prng.NextULong();
        body.Dst = isIpv6 ? new UInt128(prng.NextULong(), prng.NextULong()) : (uint)prng.NextULong();
        if (type is 1 or 4) body.Protocol = (byte)prng.NextULong();
        else (body.SrcPort, body.DstPort) = ((ushort)prng.NextULong(), (ushort)prng.NextULong());
        if (type is 0 or 1) body.MulticastTimestamp = (ushort)prng.NextULong();
        if (type != 7) body.UserWord = (uint)prng.NextULong();
        if (type is 0 or 1 || (type == 3 && layout.Generation == 2)) NextTranslation(prng, ref body);
        if (type is 3 or 7) NextTunnel(prng, type, ref body);
        return body;
    }

    private static void NextTranslation(Prng prng, ref FoeBody body)
    {
        body.NewSrc = (uint)prng.NextULong();
        body.NewDst = (uint)prng.NextULong();
        body.NewSrcPort = (ushort)prng.NextULong();
        body.NewDstPort = (ushort)prng.NextULong();
    }

    private static void NextTunnel(Prng prng, byte type, ref FoeBody body)
    {
        if (type == 3)
        {
            body.TunnelSrc = new UInt128(prng.NextULong(), prng.NextULong());
            body.TunnelDst = new UInt128(prng.NextULong(), prng.NextULong());
            body.FlowLabel = (uint)prng.NextULong() & 0xFFFFFF;
            body.TrafficClass = (byte)prng.NextULong();
            return;
        }

        body.TunnelSrc = (uint)prng.NextULong();
        body.TunnelDst = (uint)prng.NextULong();
        body.TunnelChecksum = (ushort)prng.NextULong();
        body.TunnelDscp = (byte)prng.NextULong();
        body.TunnelTtl = (byte)prng.NextULong();
        body.TunnelFlags = (byte)prng.NextULong();
        body.TunnelFlowId = (byte)prng.NextULong();
    }
}
