using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Build;
using Natflow.Packets.Link;
using Natflow.Testing;
using Natflow.Testing.Packets;

namespace Natflow.Packets.Tests;

public sealed class FrameParserTests : IDisposable
{
    private const uint Client = 0x0A00_0002;
    private const uint Server = 0xC612_0001;

    private readonly ParseRig _rig = new();

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 12)];

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void ParseBatch_PlainTcp_FillsKeyOffsetsAndFlags()
    {
        FrameDescriptor frame = _rig.Parse(PacketBuilder.Ethernet().Ipv4(Client, Server).Tcp(4000, 443, TcpFlags.Syn).ToArray(), zone: 3);

        Assert.Equal(PacketKind.Flow, frame.Kind);
        Assert.Equal(
            new FlowKey(Be(Client), Be(Server), Be16(4000), Be16(443), 3, IpProtocol.Tcp, Side.Lan), frame.Key);
        Assert.Equal((14, 34, TcpFlags.Syn), (frame.L3Offset, frame.L4Offset, frame.TcpFlags));
        Assert.Equal(ParseRig.Hash.Of(frame.Key), frame.Hash);
    }

    [Fact]
    public void ParseBatch_TagsAndPppoe_SameKeyAsPlain()
    {
        FrameDescriptor plain = _rig.Parse(PacketBuilder.Ethernet().Ipv4(Client, Server).Udp(4000, 53).ToArray());
        FrameDescriptor tagged = _rig.Parse(
            PacketBuilder.Ethernet().Vlan(7, EtherType.ServiceVlan).Vlan(8).Pppoe(9).Ipv4(Client, Server).Udp(4000, 53).ToArray());

        Assert.Equal(plain.Key, tagged.Key);
        Assert.Equal(plain.Hash, tagged.Hash);
        Assert.Equal((30, 50, PacketKind.Flow), (tagged.L3Offset, tagged.L4Offset, tagged.Kind));
    }

    [Fact]
    public void ParseBatch_FourTags_IsTooLong()
    {
        byte[] frame = PacketBuilder.Ethernet().Vlan(1).Vlan(2).Vlan(3).Vlan(4).Ipv4(Client, Server).Udp(1, 2).ToArray();

        AssertDropped(DropReason.HeaderChainTooLong, frame);
    }

    [Fact]
    public void ParseBatch_IcmpQuery_IdentifierStandsAtTheSubscribersEnd()
    {
        byte[] frame = PacketBuilder.Ethernet().Ipv4(Client, Server).IcmpQuery(8, 77).ToArray();

        Assert.Equal((Be16(77), (ushort)0), Ports(_rig.Parse(frame, Side.Lan)));
        Assert.Equal(((ushort)0, Be16(77)), Ports(_rig.Parse(frame, Side.Wan)));
    }

    [Fact]
    public void ParseBatch_Fragments_OnlyTheFirstHasPorts()
    {
        FrameDescriptor first = _rig.Parse(
            PacketBuilder.Ethernet().Ipv4(Client, Server, moreFragments: true).Udp(5, 6).Payload(new byte[16]).ToArray());
        FrameDescriptor later = _rig.Parse(
            PacketBuilder.Ethernet().Ipv4(Client, Server, fragmentOffsetBytes: 24).Protocol(IpProtocol.Udp).Payload(new byte[9]).ToArray());

        Assert.Equal((PacketKind.Fragment, Be16(5)), (first.Kind, first.Key.SrcPortBe));
        Assert.Equal((PacketKind.Fragment, (ushort)0), (later.Kind, later.Key.SrcPortBe));
    }

    [Fact]
    public void UDP_26_TinyAndOverlappingFragments_AreBad()
    {
        byte[] tiny = PacketBuilder.Ethernet().Ipv4(Client, Server, moreFragments: true).Protocol(IpProtocol.Tcp).Payload(new byte[8]).ToArray();
        byte[] overlapping = PacketBuilder.Ethernet().Ipv4(Client, Server, fragmentOffsetBytes: 8).Protocol(IpProtocol.Tcp).Payload(new byte[16]).ToArray();

        AssertDropped(DropReason.FragmentBad, tiny);
        AssertDropped(DropReason.FragmentBad, overlapping);
    }

    [Theory]
    [InlineData(14, 0x65, DropReason.BadHeader)] // Version 6 under the ethertype of IPv4.
    [InlineData(14, 0x44, DropReason.BadHeader)] // Header shorter than 20 bytes.
    [InlineData(16, 0xFF, DropReason.BadLength)] // Total length beyond the frame.
    [InlineData(17, 0x10, DropReason.BadLength)] // Total length inside the header.
    [InlineData(46, 0x40, DropReason.BadHeader)] // TCP header shorter than 20 bytes.
    [InlineData(46, 0xF0, DropReason.Truncated)] // TCP header beyond the packet.
    public void ParseBatch_LyingField_IsDroppedWithItsReason(int offset, int value, DropReason reason)
    {
        byte[] frame = PacketBuilder.Ethernet().Ipv4(Client, Server).Tcp(4000, 443, TcpFlags.Ack).ToArray();
        frame[offset] = (byte)value;

        AssertDropped(reason, frame);
    }

    [Fact]
    public void ParseBatch_EndlessExtensionHeaders_StopsAtTheBound()
    {
        PacketBuilder builder = PacketBuilder.Ethernet().Ipv6(new byte[16], new byte[16]);
        for (int i = 0; i < 60; i++)
            builder.Extension(IpProtocol.DestinationOptions, new byte[6]);

        AssertDropped(DropReason.HeaderChainTooLong, builder.Udp(1, 2).ToArray());
    }

    [Fact]
    public void ParseBatch_CapturedWithSnapLength_IsParsedAsFarAsHeadersGo()
    {
        byte[] frame = PacketBuilder.Ethernet().Ipv4(Client, Server).Tcp(4000, 443, TcpFlags.Ack).Payload(new byte[1000]).ToArray();

        Assert.Equal(PacketKind.Flow, _rig.Parse(frame.AsSpan(0, 68), flags: FrameFlags.Captured).Kind);
        Assert.Equal(PacketKind.Drop, _rig.Parse(frame.AsSpan(0, 68)).Kind);
        Assert.Equal(PacketKind.Drop, _rig.Parse(frame.AsSpan(0, 40), flags: FrameFlags.Captured).Kind);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void ParseBatch_ValidFrames_AreNeverDroppedAndOffsetsHold(int seed)
    {
        var prng = new Prng(seed);
        var kinds = new HashSet<PacketKind>();
        for (int step = 0; step < 600; step++)
        {
            byte[] bytes = prng.NextFrame(step % RandomFrames.ShapeCount);
            Assert.Null(FrameChecker.FindFault(bytes));
            FrameDescriptor frame = _rig.Parse(bytes);
            Assert.True(frame.Kind is not PacketKind.Drop and not PacketKind.None, $"seed {seed}, step {step}: {frame.Reason}");
            int ipOffset = FrameChecker.IpOffset(bytes);
            if (ipOffset >= 0)
                Assert.Equal(ipOffset, frame.L3Offset);
            kinds.Add(frame.Kind);
        }

        PacketKind[] all =
            [PacketKind.Flow, PacketKind.IcmpError, PacketKind.Fragment, PacketKind.OtherIPv4, PacketKind.IPv6, PacketKind.Arp];
        Assert.Superset(all.ToHashSet(), kinds);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void ParseBatch_TruncatedMutatedOrRandomBytes_GiveAResultInsideTheFrame(int seed)
    {
        var prng = new Prng(seed);
        for (int step = 0; step < 300; step++)
        {
            byte[] valid = prng.NextFrame(step % RandomFrames.ShapeCount);
            for (int length = 0; length <= valid.Length; length++)
                AssertInside(valid.AsSpan(0, length), $"seed {seed}, step {step}, length {length}");

            for (int i = 0; i < 40; i++)
            {
                byte[] mutated = (byte[])valid.Clone();
                mutated[prng.Next(mutated.Length)] = (byte)prng.Next(256);
                mutated[prng.Next(Math.Min(mutated.Length, 64))] = (byte)prng.Next(256);
                AssertInside(mutated, $"seed {seed}, step {step}, mutation {i}");
            }

            AssertInside(prng.NextPayload(200), $"seed {seed}, step {step}, random");
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void ParseBatch_FastPath_AgreesWithTheSlowOne(int seed)
    {
        // A VLAN tag alone sends a frame down the slow path: apart from the offsets, both must find the same.
        var prng = new Prng(seed);
        for (int step = 0; step < 500; step++)
        {
            PacketBuilder Build(bool tagged)
            {
                PacketBuilder builder = PacketBuilder.Ethernet();
                return tagged ? builder.Vlan(5) : builder;
            }

            uint source = prng.NextAddress();
            ushort srcPort = prng.NextPort();
            byte flags = (byte)prng.Next(256);
            bool isTcp = prng.Next(2) == 0;
            byte[] payload = prng.NextPayload(20);
            int mutated = prng.Next(4) == 0 ? 14 + prng.Next(40) : -1;
            byte value = (byte)prng.Next(256);
            FrameDescriptor[] parsed = [.. new[] { false, true }.Select(tagged =>
            {
                PacketBuilder builder = Build(tagged).Ipv4(source, Server);
                byte[] bytes = (isTcp ? builder.Tcp(srcPort, 443, flags) : builder.Udp(srcPort, 443)).Payload(payload).ToArray();
                int offset = mutated + (tagged ? 4 : 0);
                if (mutated >= 0 && offset < bytes.Length)
                    bytes[offset] = value;
                return _rig.Parse(bytes);
            })];

            Assert.Equal(parsed[0].Kind, parsed[1].Kind);
            Assert.Equal(parsed[0].TcpFlags, parsed[1].TcpFlags);
            if (parsed[0].Kind != PacketKind.Drop)
                Assert.Equal(parsed[0].Key, parsed[1].Key);
        }
    }

    private static uint Be(uint value) => BinaryPrimitives.ReverseEndianness(value);

    private static ushort Be16(int value) => BinaryPrimitives.ReverseEndianness((ushort)value);

    private static (ushort, ushort) Ports(FrameDescriptor frame) => (frame.Key.SrcPortBe, frame.Key.DstPortBe);

    private void AssertDropped(DropReason reason, byte[] frame)
    {
        FrameDescriptor parsed = _rig.Parse(frame);
        Assert.Equal((PacketKind.Drop, reason), (parsed.Kind, parsed.Reason));
    }

    private void AssertInside(ReadOnlySpan<byte> bytes, string where)
    {
        foreach (FrameFlags flags in new[] { FrameFlags.None, FrameFlags.Captured })
        {
            FrameDescriptor frame = _rig.Parse(bytes, flags: flags);
            Assert.True(frame.Kind != PacketKind.None, where);
            if (frame.Kind == PacketKind.Drop)
            {
                Assert.True(frame.Reason != DropReason.None, where);
                continue;
            }

            Assert.True(frame.L3Offset <= bytes.Length, where);
            int l4Bytes = frame.Key.Protocol == IpProtocol.Tcp ? 20 : 8;
            bool hasTransport = frame.Kind == PacketKind.Flow || (frame.Kind == PacketKind.Fragment && frame.L4Offset != 0);
            Assert.True(!hasTransport || frame.L4Offset + l4Bytes <= bytes.Length, where);
        }
    }
}
