using System.Text;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Model;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing;

namespace Natflow.Offload.Tests.MediaTek;

/// <summary>Life of entries: buckets, learning, ages, counters, what is refused.</summary>
public sealed class MediaTekPpeTests
{
    [Theory, InlineData(MediaTekSoc.Mt7622, 2), InlineData(MediaTekSoc.Mt7986, 4)]
    public void Bind_MoreFlowsThanWays_BindsTheWaysAndMisdeliversNone(MediaTekSoc soc, int ways)
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(soc, GoldenFlow.WanPath(), entryCount: 1024);
        List<FoeEntry> rivals = Rivals(FoeLayout.Of(soc), ways + 2);
        for (int i = 0; i < rivals.Count; i++)
            GoldenFlow.Bind(ppe, rivals[i], i < ways ? PpeResult.Bound : PpeResult.BucketFull);

        Assert.Equal(ways, ppe.CountEntries);
        for (int i = 0; i < rivals.Count; i++)
        {
            EngineResult result = GoldenFlow.Send(ppe.Engine(0), Frame(rivals[i]), out byte[] output);
            Assert.Equal(i < ways ? EngineVerdict.Forward : EngineVerdict.ToCpu, result.Verdict);
            if (i < ways) Assert.Equal(GoldenFlow.Be(rivals[i].NewSrcPortBe), (output[34] << 8) | output[35]);
            else Assert.Equal((CpuReason.Miss, EngineResult.NoIndex), (result.Reason, result.Index));
        }
    }

    [Fact]
    public void Bind_KeyThatIsBound_IsADuplicate()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        GoldenFlow.Bind(ppe, GoldenFlow.Out() with { NewSrcPortBe = 1 }, PpeResult.Duplicate);
        GoldenFlow.Bind(ppe, GoldenFlow.Out(IpProtocol.Udp));
    }

    [Fact]
    public void Bind_LearnedKey_TakesItsPlace()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        byte[] frame = Frame(GoldenFlow.Out());
        EngineResult miss = GoldenFlow.Send(ppe.Engine(0), frame, out _);
        Assert.Equal((CpuReason.Miss, true), (miss.Reason, miss.Index >= 0));
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        EngineResult hit = GoldenFlow.Send(ppe.Engine(0), frame, out _);
        Assert.Equal((EngineVerdict.Forward, miss.Index), (hit.Verdict, hit.Index));
        Assert.Equal(1, ppe.Engine(0).CountUsed);
    }

    [Fact]
    public void Learn_ThirtyPacketsInATick_ReachTheRate()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        byte[] frame = Frame(GoldenFlow.Out());
        Assert.Equal(CpuReason.Miss, GoldenFlow.Send(ppe.Engine(0), frame, out _).Reason);
        for (int packet = 2; packet < 30; packet++)
            Assert.Equal(CpuReason.HitUnbound, GoldenFlow.Send(ppe.Engine(0), frame, out _).Reason);
        Assert.Equal(CpuReason.HitUnboundRateReached, GoldenFlow.Send(ppe.Engine(0), frame, out _).Reason);
        ppe.Engine(0).Advance(1);
        Assert.Equal(CpuReason.HitUnbound, GoldenFlow.Send(ppe.Engine(0), frame, out _).Reason);
    }

    [Theory]
    [InlineData(MediaTekSoc.Mt7622, IpProtocol.Tcp, 7)]
    [InlineData(MediaTekSoc.Mt7986, IpProtocol.Tcp, 7)]
    [InlineData(MediaTekSoc.Mt7622, IpProtocol.Udp, 12)]
    [InlineData(MediaTekSoc.Mt7988, IpProtocol.Udp, 12)]
    public void Age_BoundFlow_EndsPastItsLimitAndNotBefore(MediaTekSoc soc, byte protocol, int limit)
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(soc, GoldenFlow.WanPath(), entryCount: 1024);
        ppe.Engine(0).Advance(250); // So that a stamp of 8 bits wraps.
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out(protocol));
        ppe.Engine(0).Advance(limit);
        Assert.Equal(EngineVerdict.Forward, GoldenFlow.Send(ppe.Engine(0), Frame(GoldenFlow.Out(protocol)), out _).Verdict);
        ppe.Engine(0).Advance(limit);
        GoldenFlow.Read(ppe, handle, 0, out bool isBound);
        Assert.True(isBound);
        ppe.Engine(0).Advance(1);
        GoldenFlow.Read(ppe, handle, 0, out isBound);
        Assert.False(isBound);
    }

    [Theory]
    [InlineData(10, 10, 10)]
    [InlineData(200, 200, 200)]
    [InlineData(255, 255, 255)]
    [InlineData(256, 0, 256)]
    [InlineData(300, 44, 300)]
    [InlineData(600, 88, 600)]
    public void IdleTicks_Stamp_WrapsAtItsWidth(uint idle, int narrow, int wide)
    {
        var ib1 = new FoeIb1 { State = FoeState.Bind, Timestamp = 3 };
        Assert.Equal(narrow, EngineAges.IdleTicks(ib1, FoeLayout.V2, idle + 3));
        Assert.Equal(wide, EngineAges.IdleTicks(ib1, FoeLayout.V1, idle + 3));
    }

    [Fact]
    public void Age_LearnedAndStaticEntries_ByTheirClass()
    {
        var learned = new FoeIb1 { State = FoeState.Unbind };
        Assert.False(EngineAges.IsExpired(learned, FoeLayout.V1, 3));
        Assert.True(EngineAges.IsExpired(learned, FoeLayout.V1, 4));
        Assert.False(EngineAges.IsExpired(learned with { PacketCount = 1000 }, FoeLayout.V1, 4));
        Assert.False(EngineAges.IsExpired(learned with { IsStatic = true }, FoeLayout.V1, 4));
        Assert.True(EngineAges.IsExpired(new FoeIb1 { State = FoeState.Fin }, FoeLayout.V1, 2));
        Assert.True(EngineAges.IsExpired(new FoeIb1 { State = FoeState.Bind, PacketType = (byte)FoePacketType.Ipv4Route }, FoeLayout.V1, 2));
    }

    [Theory, InlineData(ReservedEntries.Eight, 128), InlineData(ReservedEntries.Seven, 112)]
    public void Table_OfMt7621_KeepsWhatCrossesAKilobyteFree(ReservedEntries reserved, int count)
    {
        using var table = new FoeTable(FoeLayout.V1, 2048, reserved);
        int marked = 0;
        for (int index = 0; index < 2048; index++)
        {
            bool crosses = index * 80 / 1024 != ((index * 80) + 79) / 1024;
            Assert.Equal(crosses, FoeTable.CrossesKilobyte(index));
            marked += table.ReadIb1(index) == 0x80000000 ? 1 : 0;
        }

        Assert.Equal(count, marked);
    }

    [Theory, InlineData(51)]
    public void Bind_OnMt7621_NeverUsesReservedEntries(int seed)
    {
        var prng = new Prng(seed);
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7621, GoldenFlow.WanPath(), entryCount: 1024);
        Assert.Equal(1024 - 64, ppe.CapacityEntries);
        int full = 0;
        for (int step = 0; step < 4_000; step++)
        {
            FoeEntry entry = GoldenFlow.Out() with { SrcAddr = FlowEncoder.Mapped((uint)prng.NextULong()), SrcPortBe = (ushort)prng.NextULong() };
            var handles = new FoeHandle[1];
            var results = new PpeResult[1];
            ppe.Bind([entry], handles, results);
            full += results[0] == PpeResult.Bound ? 0 : 1;
            if (results[0] == PpeResult.Bound) Assert.False(FoeTable.CrossesKilobyte((int)handles[0].Value - 1));
            _ = GoldenFlow.Send(ppe.Engine(0), Frame(entry), out _);
        }

        Assert.True(full > 0);
        Assert.Equal(ppe.CapacityEntries, ppe.CountEntries);
    }

    [Fact]
    public void ReadCounters_ForwardedPackets_AreExactInL3Bytes()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath([100], 9));
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        Assert.Equal(new FoeCounters(0, 0, 500), GoldenFlow.Read(ppe, handle, 500, out _));
        for (int i = 0; i < 3; i++)
            _ = GoldenFlow.Send(ppe.Engine(0), Frame(GoldenFlow.Out()), out _);
        Assert.Equal(new FoeCounters(3, 3 * 40, 1000), GoldenFlow.Read(ppe, handle, 1000, out bool isBound));
        Assert.Equal(new FoeCounters(3, 3 * 40, 1000), GoldenFlow.Read(ppe, handle, 2000, out _));
        Assert.True(isBound);

        _ = GoldenFlow.Send(ppe.Engine(0), Frame(GoldenFlow.Out()), out _);
        ppe.Unbind([handle]);
        Assert.Equal(4u, GoldenFlow.Read(ppe, handle, 3000, out isBound).Packets);
        Assert.False(isBound);
        ppe.Release([handle]);
        Assert.Equal(0, ppe.CountEntries);
        Assert.Equal(default, GoldenFlow.Read(ppe, handle, 3000, out _));
    }

    [Fact]
    public void ReadCounters_WidthOfTheRegisters_Wraps()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        int index = (int)handle.Value - 1;
        ppe.Engine(0).Count(index, (1UL << 40) - 1, (1UL << 48) - 1);
        ppe.Engine(0).Count(index, 2, 55);
        Span<uint> words = stackalloc uint[FoeMib.WordsMax];
        ppe.Engine(0).ReadMib(index, words);
        Assert.Equal((54ul, 1ul), FoeMib.Decode(FoeLayout.V2, words));
        ppe.Engine(0).ReadMib(index, words);
        Assert.Equal((0ul, 0ul), FoeMib.Decode(FoeLayout.V2, words));
    }

    [Fact]
    public void Bind_ResidueOfTheIndex_GoesToNobody()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        ppe.Unbind([handle]);
        ppe.Release([handle]);
        ppe.Engine(0).Count((int)handle.Value - 1, 7, 700);
        Assert.Equal(handle, GoldenFlow.Bind(ppe, GoldenFlow.Out()));
        Assert.Equal(0u, GoldenFlow.Read(ppe, handle, 1, out _).Packets);
    }

    [Fact]
    public void ReadCounters_ChipWithoutThem_TellsTheLastHit()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7621, GoldenFlow.WanPath());
        Assert.Equal(PpeFeatures.None, ppe.Supports & PpeFeatures.Counters);
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        _ = GoldenFlow.Read(ppe, handle, 1000, out _);
        _ = GoldenFlow.Send(ppe.Engine(0), Frame(GoldenFlow.Out()), out _);
        ppe.Engine(0).Advance(4);
        Assert.Equal(new FoeCounters(0, 0, 6000), GoldenFlow.Read(ppe, handle, 10_000, out _));
    }

    [Fact]
    public void Bind_FlowThatTheEngineLearnedAndKeeps_IsForwardedAtOnce()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        PpeEmulator engine = ppe.Engine(0);
        engine.IsCaching = true;
        byte[] frame = Frame(GoldenFlow.Out());
        for (int i = 0; i < 3; i++)
            Assert.Equal(EngineVerdict.ToCpu, GoldenFlow.Send(engine, frame, out _).Verdict);
        _ = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        Assert.Equal(EngineVerdict.Forward, GoldenFlow.Send(engine, frame, out _).Verdict);
    }

    [Fact]
    public void Unbind_ForgottenCacheClear_ShowsTheStaleRewrite()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        PpeEmulator engine = ppe.Engine(0);
        engine.IsCaching = true;
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        byte[] frame = Frame(GoldenFlow.Out());
        Assert.Equal(EngineVerdict.Forward, GoldenFlow.Send(engine, frame, out _).Verdict);
        ppe.Unbind([handle]);
        Assert.Equal(EngineVerdict.ToCpu, GoldenFlow.Send(engine, frame, out _).Verdict);

        using var table = new FoeTable(FoeLayout.V1, 1024, ReservedEntries.None);
        using var forgetful = new PpeEmulator(table) { IsCaching = true };
        (byte[] image, int index) = Image(FoeLayout.V1);
        table.Commit(index, image);
        Assert.Equal(EngineVerdict.Forward, GoldenFlow.Send(forgetful, frame, out _).Verdict);
        table.Invalidate(index);
        Assert.Equal(EngineVerdict.Forward, GoldenFlow.Send(forgetful, frame, out _).Verdict);
        Assert.Equal(FoeState.Invalid, table.StateOf(index));
        forgetful.ClearCache();
        Assert.Equal(EngineVerdict.ToCpu, GoldenFlow.Send(forgetful, frame, out _).Verdict);
    }

    [Fact]
    public void Bind_WhatTheSiliconCannotDo_IsUnsupported()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        Assert.Equal(PpeFeatures.None, ppe.Supports & (PpeFeatures.Meters | PpeFeatures.Marking | PpeFeatures.IPv6Nat | PpeFeatures.Generations));
        GoldenFlow.Bind(ppe, GoldenFlow.Out6() with { Kind = FoeKind.IPv6Nat }, PpeResult.Unsupported);
        GoldenFlow.Bind(ppe, GoldenFlow.Out(IpProtocol.Icmp), PpeResult.Unsupported);
        GoldenFlow.Bind(ppe, GoldenFlow.Out6() with { Kind = FoeKind.IPv4Nat }, PpeResult.Unsupported);
        GoldenFlow.Bind(ppe, GoldenFlow.Out() with { LinkGeneration = 1 }, PpeResult.Refused);
        GoldenFlow.Bind(ppe, GoldenFlow.Out() with { LinkIndex = 77 }, PpeResult.Refused);
        ppe.SetLink(3, GoldenFlow.Path(0x01005E000001, GoldenFlow.WanMac, 1));
        GoldenFlow.Bind(ppe, GoldenFlow.Out() with { LinkIndex = 3 }, PpeResult.Unsupported);
        ppe.SetLink(3, GoldenFlow.Path(GoldenFlow.GatewayMac, GoldenFlow.WanMac, port: 9));
        GoldenFlow.Bind(ppe, GoldenFlow.Out() with { LinkIndex = 3 }, PpeResult.Unsupported);
        Assert.Equal(0, ppe.CountEntries);
    }

    [Fact]
    public void TryRead_BoundEntry_ComesBack()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        Assert.True(ppe.TryRead(handle, out FoeEntry entry));
        Assert.Equal(GoldenFlow.Out(), entry);
        Assert.False(ppe.TryRead(new FoeHandle(uint.MaxValue), out _));
        Assert.False(ppe.TryRead(FoeHandle.None, out _));
        ppe.Unbind([handle, FoeHandle.None, new FoeHandle(uint.MaxValue)]);
        Assert.False(ppe.TryRead(handle, out _));
    }

    [Fact]
    public void Dump_BoundAndLearned_IsAsDebugfsPrints()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7622, GoldenFlow.WanPath());
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        GoldenFlow.Bind(ppe, GoldenFlow.Out6());
        _ = GoldenFlow.Send(ppe.Engine(0), Frame(GoldenFlow.Out(IpProtocol.Udp) with { SrcPortBe = GoldenFlow.Be(5) }), out _);
        const string six =
            "00bb6 BND IPv6 5T orig=2001:0db8:0001:0000:0000:0000:0000:0010:40000->2001:0db8:ffff:0000:0000:0000:0000:0080:443"
            + " eth=02:11:22:33:44:02->02:de:ad:be:ef:fe etype=dd86 vlan=0,0 ib1=6b400000 ib2=007c0451 packets=0 bytes=0";
        const string four =
            "03d80 BND IPv4 5T orig=192.168.1.10:40000->203.0.113.80:443 new=198.51.100.7:51000->203.0.113.80:443"
            + " eth=02:11:22:33:44:02->02:de:ad:be:ef:fe etype=0008 vlan=0,0 ib1=21400000 ib2=007c0451 packets=0 bytes=0";
        using var bind = new StringWriter();
        ppe.Dump(bind, boundOnly: true);
        Assert.Equal(six + "\n" + four + "\n", bind.ToString());
        using var all = new StringWriter();
        ppe.Dump(all);
        Assert.Contains(" UNB IPv4 5T orig=192.168.1.10:5->203.0.113.80:443 new=0.0.0.0:0->0.0.0.0:0 ", all.ToString(), StringComparison.Ordinal);
    }

    [Theory, InlineData(61)]
    public void Append_AnyBytes_MakesALine(int seed)
    {
        var prng = new Prng(seed);
        foreach (FoeLayout layout in (FoeLayout[])[FoeLayout.V1, FoeLayout.V2, FoeLayout.V3])
        {
            for (int step = 0; step < 500; step++)
            {
                byte[] entry = new byte[layout.EntryBytes];
                prng.NextBytes(entry);
                var line = new StringBuilder();
                FoeDump.Append(line, layout, step, entry, prng.NextULong(), prng.NextULong());
                Assert.Matches(@"^[0-9a-f]{5} (INV|UNB|BND|FIN) .{7} orig=\S+ (new=\S+ )?eth=\S+ etype=[0-9a-f]{4} vlan=\d+,\d+ ib1=[0-9a-f]{8} ib2=[0-9a-f]{8} packets=\d+ bytes=\d+$", line.ToString());
            }
        }
    }

    private static (byte[] Image, int Index) Image(FoeLayout layout)
    {
        MediaTekSettings settings = GoldenFlow.Settings(MediaTekSoc.Mt7622);
        PathRecord path = GoldenFlow.WanPath();
        Assert.True(LinkRewrite.TryParse(path, out LinkRewrite link));
        byte[] image = new byte[layout.EntryBytes];
        FoeCodec.Encode(layout, FlowEncoder.Encode(settings, GoldenFlow.Out(), link, settings.Ports[1], 0), image);
        return (image, FoeHash.Index(FoeHash.Ipv4(GoldenFlow.Client, GoldenFlow.Server, 0x9C4001BB), layout, 1024));
    }

    private static List<FoeEntry> Rivals(FoeLayout layout, int count)
    {
        var rivals = new List<FoeEntry>();
        for (int port = 1; rivals.Count < count; port++)
        {
            uint mixed = FoeHash.Ipv4(GoldenFlow.Client, GoldenFlow.Server, ((uint)port << 16) | 443);
            if (FoeHash.Index(mixed, layout, 1024) != 512) continue;
            rivals.Add(GoldenFlow.Out() with { SrcPortBe = GoldenFlow.Be((ushort)port), NewSrcPortBe = GoldenFlow.Be((ushort)(1000 + rivals.Count)) });
        }

        return rivals;
    }

    private static byte[] Frame(in FoeEntry entry)
    {
        PacketBuilder builder = PacketBuilder.Ethernet(GoldenFlow.LanMac, GoldenFlow.ClientMac).Ipv4(FlowEncoder.Ipv4(entry.SrcAddr), FlowEncoder.Ipv4(entry.DstAddr));
        ushort src = GoldenFlow.Be(entry.SrcPortBe);
        ushort dst = GoldenFlow.Be(entry.DstPortBe);
        return entry.Protocol == IpProtocol.Udp ? builder.Udp(src, dst).Payload(new byte[12]).ToArray() : builder.Tcp(src, dst, TcpFlags.Ack).ToArray();
    }
}
