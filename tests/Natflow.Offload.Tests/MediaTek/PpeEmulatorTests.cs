using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Model;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Offload.Tests.MediaTek;

/// <summary>Frames through the engine, by entries that the PPE wrote.</summary>
public sealed class PpeEmulatorTests
{
    private const string OutPlain =
        "02deadbeeffe021122334402080045000030123440003f06c308c6336407cb007150c73801bb010203040a0b0c0d501820007fce00006e6174666c6f7721";

    private const string OutPppoe =
        "02deadbeeffe021122334402810000648864110012340032002145000030123440003f06c308c6336407cb007150c73801bb010203040a0b0c0d501820007fce00006e6174666c6f7721";

    [Theory, InlineData(MediaTekSoc.Mt7621), InlineData(MediaTekSoc.Mt7986), InlineData(MediaTekSoc.Mt7988)]
    public void Process_BoundFlow_GivesTheGoldenFrame(MediaTekSoc soc)
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(soc, GoldenFlow.WanPath());
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        EngineResult result = GoldenFlow.Send(ppe.Engine(0), Convert.FromHexString(GoldenFlow.FrameIn), out byte[] output);
        Assert.Equal((EngineVerdict.Forward, FabricPort.Gdm2, (byte)1), (result.Verdict, result.EgressPort, result.Queue));
        Assert.Equal(OutPlain, Convert.ToHexStringLower(output));
    }

    [Theory, InlineData(MediaTekSoc.Mt7622), InlineData(MediaTekSoc.Mt7981), InlineData(MediaTekSoc.Mt7988)]
    public void Process_VlanAndPppoe_GivesTheGoldenFrame(MediaTekSoc soc)
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(soc, GoldenFlow.WanPath([100], 0x1234));
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        Assert.Equal(EngineVerdict.Forward, GoldenFlow.Send(ppe.Engine(0), Convert.FromHexString(GoldenFlow.FrameIn), out byte[] output).Verdict);
        Assert.Equal(OutPppoe, Convert.ToHexStringLower(output));
    }

    [Fact]
    public void Process_BothDirections_AreInverse()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath([20]));
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        GoldenFlow.Bind(ppe, GoldenFlow.In());
        byte[] reply = PacketBuilder.Ethernet(GoldenFlow.WanMac, GoldenFlow.GatewayMac).Vlan(20).Ipv4(GoldenFlow.Server, GoldenFlow.Outside)
            .Tcp(443, 51000, TcpFlags.Ack).Payload(new byte[11]).ToArray();
        byte[] expected = PacketBuilder.Ethernet(GoldenFlow.ClientMac, GoldenFlow.LanMac).Ipv4(GoldenFlow.Server, GoldenFlow.Client, ttl: 63)
            .Tcp(443, 40000, TcpFlags.Ack).Payload(new byte[11]).ToArray();
        EngineResult result = GoldenFlow.Send(ppe.Engine(1), reply, out byte[] output, FabricPort.Gdm2);
        Assert.Equal((EngineVerdict.Forward, FabricPort.Gdm1), (result.Verdict, result.EgressPort));
        Assert.Equal(expected, output);
    }

    [Fact]
    public void Process_SwitchPort_WritesItsTag()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath(), lanSwitchPort: 2);
        GoldenFlow.Bind(ppe, GoldenFlow.In());
        byte[] reply = PacketBuilder.Ethernet(GoldenFlow.WanMac, GoldenFlow.GatewayMac).Ipv4(GoldenFlow.Server, GoldenFlow.Outside)
            .Tcp(443, 51000, TcpFlags.Ack).Payload(new byte[20]).ToArray();
        EngineResult result = GoldenFlow.Send(ppe.Engine(1), reply, out byte[] output, FabricPort.Gdm2);
        Assert.Equal((FabricPort.Gdm1, (byte)5), (result.EgressPort, result.Queue));
        Assert.Equal("0004000008004500", Convert.ToHexStringLower(output.AsSpan(12, 8)));
    }

    [Fact]
    public void Process_Ipv6Flow_IsRoutedWithoutTranslation()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7988, GoldenFlow.WanPath(session: 7));
        GoldenFlow.Bind(ppe, GoldenFlow.Out6());
        EngineResult result = GoldenFlow.Send(ppe.Engine(0), Ipv6Frame(64), out byte[] output);
        Assert.Equal((EngineVerdict.Forward, default(CpuReason)), (result.Verdict, result.Reason));
        byte[] expected = PacketBuilder.Ethernet(GoldenFlow.GatewayMac, GoldenFlow.WanMac).Pppoe(7).Ipv6(Bytes(GoldenFlow.Client6), Bytes(GoldenFlow.Server6), hopLimit: 63)
            .Udp(40000, 443).Payload(new byte[9]).ToArray();
        Assert.Equal(expected, output);
    }

    [Theory]
    [InlineData("ttl", CpuReason.BoundTtl)]
    [InlineData("options", CpuReason.Options)]
    [InlineData("fragment", CpuReason.Fragment)]
    [InlineData("fin", CpuReason.BoundFin)]
    [InlineData("rst", CpuReason.BoundFin)]
    [InlineData("syn", CpuReason.TcpFlags)]
    [InlineData("oversize", CpuReason.ExceedsMtu)]
    [InlineData("multicast", CpuReason.Multicast)]
    [InlineData("arp", CpuReason.NoFlow)]
    [InlineData("truncated", CpuReason.Invalid)]
    public void Process_WhatAnEntryDoesNotDescribe_GoesToTheCpuWithItsReason(string which, CpuReason reason)
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        EngineResult result = GoldenFlow.Send(ppe.Engine(0), Odd(which), out _);
        Assert.Equal((EngineVerdict.ToCpu, reason), (result.Verdict, result.Reason));
    }

    [Theory, InlineData(false, false, 1500), InlineData(true, false, 1500), InlineData(true, true, 1492)]
    public void Process_PacketOfTheLinksMtu_IsForwarded_OneByteMoreIsNot(bool hasVlan, bool hasPppoe, int mtuBytes)
    {
        const int headersBytes = 40;
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath(hasVlan ? [100] : [], hasPppoe ? (ushort)0x1234 : null, (ushort)mtuBytes));
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        Assert.Equal(EngineVerdict.Forward, GoldenFlow.Send(ppe.Engine(0), Sized(mtuBytes - headersBytes), out _).Verdict);
        EngineResult result = GoldenFlow.Send(ppe.Engine(0), Sized(mtuBytes - headersBytes + 1), out _);
        Assert.Equal((EngineVerdict.ToCpu, CpuReason.ExceedsMtu), (result.Verdict, result.Reason));

        static byte[] Sized(int payloadBytes) => PacketBuilder.Ethernet(GoldenFlow.LanMac, GoldenFlow.ClientMac).Ipv4(GoldenFlow.Client, GoldenFlow.Server)
            .Tcp(40000, 443, TcpFlags.Ack).Payload(new byte[payloadBytes]).ToArray();
    }

    [Fact]
    public void Process_FinOfABoundFlow_EndsItsEntry()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        FoeHandle handle = GoldenFlow.Bind(ppe, GoldenFlow.Out());
        _ = GoldenFlow.Send(ppe.Engine(0), Odd("fin"), out _);
        GoldenFlow.Read(ppe, handle, 0, out bool isBound);
        Assert.False(isBound);
        Assert.Equal(EngineVerdict.ToCpu, GoldenFlow.Send(ppe.Engine(0), TcpFrame(64), out _).Verdict);
        Assert.Equal(1, ppe.Engine(0).CountUsed);
        ppe.Engine(0).Advance(2);
        Assert.Equal(0, ppe.Engine(0).CountUsed);
    }

    [Fact]
    public void Process_BadChecksum_IsDropped()
    {
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath());
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        foreach (int offset in (int[])[25, 60])
        {
            byte[] frame = Convert.FromHexString(GoldenFlow.FrameIn);
            frame[offset] ^= 1;
            Assert.Equal(EngineVerdict.Drop, GoldenFlow.Send(ppe.Engine(0), frame, out _).Verdict);
        }
    }

    [Theory, InlineData(11), InlineData(12)]
    public void Process_RandomPackets_HaveTheChecksumsOfAFullComputation(int seed)
    {
        var prng = new Prng(seed);
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7986, GoldenFlow.WanPath([100]));
        for (int step = 0; step < 3_000; step++)
        {
            bool isUdp = prng.Next(2) == 0;
            bool hasChecksum = prng.Next(4) != 0;
            FoeEntry entry = Next(prng, isUdp);
            FoeHandle handle = GoldenFlow.Bind(ppe, entry);
            byte[] payload = new byte[prng.Next(70)];
            prng.NextBytes(payload);
            byte[] expected = Build(entry.NewSrcAddr, entry.NewDstAddr, entry.NewSrcPortBe, entry.NewDstPortBe, 63, GoldenFlow.GatewayMac, GoldenFlow.WanMac, 100);
            byte[] frame = Build(entry.SrcAddr, entry.DstAddr, entry.SrcPortBe, entry.DstPortBe, 64, GoldenFlow.LanMac, GoldenFlow.ClientMac, 0);
            EngineResult result = GoldenFlow.Send(ppe.Engine(0), frame, out byte[] output);
            Assert.Equal(EngineVerdict.Forward, result.Verdict);
            Assert.True(expected.AsSpan().SequenceEqual(output.AsSpan(0, expected.Length)), $"seed {seed}, step {step}");
            Assert.Null(FrameChecker.FindFault(output));
            ppe.Unbind([handle]);
            ppe.Release([handle]);

            byte[] Build(Ipv6Address src, Ipv6Address dst, ushort srcPortBe, ushort dstPortBe, byte ttl, ulong dstMac, ulong srcMac, ushort vlan)
            {
                PacketBuilder builder = PacketBuilder.Ethernet(dstMac, srcMac);
                if (vlan != 0) builder = builder.Vlan(vlan);
                builder = builder.Ipv4(FlowEncoder.Ipv4(src), FlowEncoder.Ipv4(dst), ttl);
                builder = isUdp
                    ? builder.Udp(GoldenFlow.Be(srcPortBe), GoldenFlow.Be(dstPortBe), hasChecksum)
                    : builder.Tcp(GoldenFlow.Be(srcPortBe), GoldenFlow.Be(dstPortBe), TcpFlags.Ack);
                return builder.Payload(payload).ToArray();
            }
        }
    }

    [Theory, InlineData(21), InlineData(22)]
    public void Process_AnyBytes_EndInAVerdict(int seed)
    {
        var prng = new Prng(seed);
        using MediaTekPpe ppe = GoldenFlow.Ppe(MediaTekSoc.Mt7621, GoldenFlow.WanPath(), entryCount: 1024);
        GoldenFlow.Bind(ppe, GoldenFlow.Out());
        byte[] good = Convert.FromHexString(GoldenFlow.FrameIn);
        var verdicts = new HashSet<EngineVerdict>();
        for (int step = 0; step < 20_000; step++)
        {
            byte[] frame = step % 2 == 0 ? good[..prng.Next(good.Length + 1)] : prng.NextFrame(prng.Next(RandomFrames.ShapeCount));
            frame = [.. frame];
            for (int flips = prng.Next(4); flips > 0 && frame.Length > 0; flips--)
                frame[prng.Next(frame.Length)] ^= (byte)(1 << prng.Next(8));
            verdicts.Add(GoldenFlow.Send(ppe.Engine(0), frame, out _, (byte)prng.Next(16)).Verdict);
        }

        Assert.Equal(3, verdicts.Count);
    }

    [Theory, InlineData(31), InlineData(32)]
    public void Process_AnyTable_EndsInAVerdict(int seed)
    {
        var prng = new Prng(seed);
        using var table = new FoeTable(FoeLayout.V2, 1024, ReservedEntries.None);
        using var engine = new PpeEmulator(table);
        byte[] frame = Convert.FromHexString(GoldenFlow.FrameIn);
        int first = FoeHash.Index(FoeHash.Ipv4(GoldenFlow.Client, GoldenFlow.Server, 0x9C4001BB), FoeLayout.V2, 1024);
        for (int step = 0; step < 20_000; step++)
        {
            Span<byte> entry = table.Entry(first + prng.Next(4));
            prng.NextBytes(entry);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, FoeLayout.V2.PacketType.With((uint)prng.NextULong(), 0));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], GoldenFlow.Client);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], GoldenFlow.Server);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], 0x9C4001BB);
            _ = GoldenFlow.Send(engine, frame, out _);
            if (step % 16 == 0) engine.Advance(1);
        }
    }

    private static byte[] Odd(string which) => which switch
    {
        "ttl" => TcpFrame(1),
        "options" => Start().Ipv4(GoldenFlow.Client, GoldenFlow.Server, options: new byte[4]).Tcp(40000, 443, TcpFlags.Ack).ToArray(),
        "fragment" => Start().Ipv4(GoldenFlow.Client, GoldenFlow.Server, moreFragments: true).Tcp(40000, 443, TcpFlags.Ack).ToArray(),
        "fin" => TcpFrame(64, TcpFlags.Ack | TcpFlags.Fin),
        "rst" => TcpFrame(64, TcpFlags.Rst),
        "syn" => TcpFrame(64, TcpFlags.Syn),
        "oversize" => Start().Ipv4(GoldenFlow.Client, GoldenFlow.Server).Tcp(40000, 443, TcpFlags.Ack).Payload(new byte[1461]).ToArray(),
        "multicast" => PacketBuilder.Ethernet(0x01005E000001, GoldenFlow.ClientMac).Ipv4(GoldenFlow.Client, GoldenFlow.Server).Tcp(40000, 443, TcpFlags.Ack).ToArray(),
        "arp" => Start().Arp(1, GoldenFlow.ClientMac, GoldenFlow.Client, 0, GoldenFlow.Server).ToArray(),
        _ => TcpFrame(64)[..40],
    };

    private static PacketBuilder Start() => PacketBuilder.Ethernet(GoldenFlow.LanMac, GoldenFlow.ClientMac);

    private static byte[] TcpFrame(byte ttl, byte flags = TcpFlags.Ack) =>
        Start().Ipv4(GoldenFlow.Client, GoldenFlow.Server, ttl).Tcp(40000, 443, flags).Payload(new byte[10]).ToArray();

    private static byte[] Ipv6Frame(byte hopLimit) =>
        Start().Ipv6(Bytes(GoldenFlow.Client6), Bytes(GoldenFlow.Server6), hopLimit).Udp(40000, 443).Payload(new byte[9]).ToArray();

    private static byte[] Bytes(UInt128 address)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return bytes;
    }

    private static FoeEntry Next(Prng prng, bool isUdp) => GoldenFlow.Out(isUdp ? IpProtocol.Udp : IpProtocol.Tcp) with
    {
        SrcAddr = FlowEncoder.Mapped((uint)prng.NextULong()),
        DstAddr = FlowEncoder.Mapped((uint)prng.NextULong()),
        NewSrcAddr = FlowEncoder.Mapped((uint)prng.NextULong()),
        NewDstAddr = FlowEncoder.Mapped((uint)prng.NextULong()),
        SrcPortBe = (ushort)prng.NextULong(),
        DstPortBe = (ushort)prng.NextULong(),
        NewSrcPortBe = (ushort)prng.NextULong(),
        NewDstPortBe = (ushort)prng.NextULong(),
    };
}
