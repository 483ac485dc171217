using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Packets.Family;
using Natflow.Packets.Ip;
using Natflow.Testing;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

public sealed class Nat64Tests
{
    private const uint Y4 = 0xC633_6432;
    private const int L4Of4 = L3 + 20;

    private static readonly Nat64Prefix WellKnown = new(Nat64Prefix.WellKnown);

    private static Ipv6Address X64 => WellKnown.Embed(BinaryPrimitives.ReverseEndianness(X4));

    [Theory]
    [InlineData("64:ff9b::/96")]
    [InlineData("2001:db8:64::/64")]
    [InlineData("2001:db8:64::/56")]
    [InlineData("2001:db8:64::/48")]
    [InlineData("2001:db8:6400::/40")]
    [InlineData("2a00:db8::/32")]
    public void N64_01_Udp_BecomesIpv4AndItsAnswerIpv6(string prefixText)
    {
        using Ipv6Rig rig = Make(prefixText);
        Ipv6Address server = new Nat64Prefix(Prefix(prefixText)).Embed(BinaryPrimitives.ReverseEndianness(X4));
        for (int round = 0; round < 3; round++)
        {
            Assert.Equal(Verdict.Forward, rig.FromLan(Udp(A, server, 5000, 53)));
            rig.AssertSound();
            Assert.Equal((0x0800, 0x45, 63), (BinaryPrimitives.ReadUInt16BigEndian(rig.Output.AsSpan(12)), rig.Packet[0], rig.Packet[8]));
            Assert.Equal((Public4, X4), (Word(rig, 12), Word(rig, 16)));
            Assert.Equal(L3 + 48, rig.Output.Length);
            Assert.Equal(Payload(20), rig.Output[(L4Of4 + 8)..]);
            ushort port = BinaryPrimitives.ReadUInt16BigEndian(rig.Output.AsSpan(L4Of4));

            Assert.Equal(Verdict.Forward, rig.FromWan(Udp4(X4, Public4, 53, port)));
            byte[] expected = Udp(server, A, 53, 5000, hopLimit: 64);
            rig.AssertOutput(expected);
        }

        Assert.Equal((3UL, 3UL), (rig.V6.Counters.BecameIpv4, rig.V6.Counters.BecameIpv6));
    }

    [Fact]
    public void N64_01_Mapping_IsEndpointIndependentAndPaired()
    {
        using Ipv6Rig rig = Make();
        int first = OpenUdp(rig, A, X64, 5000);
        Assert.Equal(first, OpenUdp(rig, A, WellKnown.Embed(BinaryPrimitives.ReverseEndianness(Y4)), 5000));
        Assert.Equal(first, OpenUdp(rig, A, X64, 5000, dstPort: 99));
        int other = OpenUdp(rig, B, X64, 5000);
        Assert.NotEqual(first, other);
        Assert.Equal((0, 1), (other % 2, OpenUdp(rig, B, X64, 5001) % 2));
    }

    [Fact]
    public void N64_01_Hairpin_GoesFromIpv6ToIpv6ByThePublicAddress()
    {
        using Ipv6Rig rig = Make();
        int portOfB = OpenUdp(rig, B, X64, 7000);
        Ipv6Address gateway = WellKnown.Embed(BinaryPrimitives.ReverseEndianness(Public4));
        Assert.Equal(Verdict.Forward, rig.FromLan(Udp(A, gateway, 5000, (ushort)portOfB)));
        rig.AssertSound();
        Assert.Equal((gateway, B), (Ipv6Address.Read(rig.Packet[8..]), Ipv6Address.Read(rig.Packet[24..])));
        Assert.Equal(7000, BinaryPrimitives.ReadUInt16BigEndian(rig.Segment[2..]));
        Assert.Equal(63, rig.Packet[Ipv6Rewriter.HopLimitOffset]);
        ushort portOfA = BinaryPrimitives.ReadUInt16BigEndian(rig.Segment);
        Assert.Equal(Verdict.Forward, rig.FromLan(Udp(B, gateway, 7000, portOfA)));
        Assert.Equal(A, Ipv6Address.Read(rig.Packet[24..]));
    }

    [Fact]
    public void N64_01_TcpAndPing_BothWays()
    {
        using Ipv6Rig rig = Make();
        rig.FromLan(Tcp(A, X64, 4000, 80, TcpFlags.Syn));
        rig.AssertSound();
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(rig.Output.AsSpan(L4Of4));
        rig.FromWan(PacketBuilder.Ethernet().Ipv4(X4, Public4).Tcp(80, port, TcpFlags.Syn | TcpFlags.Ack).ToArray());
        rig.AssertSound();
        Assert.Equal(A, Ipv6Address.Read(rig.Packet[24..]));

        Assert.Equal(Verdict.Forward, rig.FromLan(Echo(A, X64, IcmpType.EchoRequestV6, 42)));
        rig.AssertSound();
        Assert.Equal((IpProtocol.Icmp, IcmpType.EchoRequest), (rig.Packet[9], rig.Output[L4Of4]));
        ushort identifier = BinaryPrimitives.ReadUInt16BigEndian(rig.Output.AsSpan(L4Of4 + 4));
        Assert.Equal(Verdict.Forward, rig.FromWan(
            PacketBuilder.Ethernet().Ipv4(X4, Public4).IcmpQuery(IcmpType.EchoReply, identifier).Payload(Payload(17)).ToArray()));
        rig.AssertOutput(Echo(X64, A, IcmpType.EchoReplyV6, 42));
    }

    [Theory]
    [InlineData(299_999, Verdict.Forward)]
    [InlineData(300_000, Verdict.Drop)]
    public void N64_02_UdpMapping_LivesFiveMinutes(int silenceMs, Verdict expected)
    {
        using Ipv6Rig rig = Make();
        int port = OpenUdp(rig, A, X64, 5000);
        rig.NowMs += silenceMs;
        Assert.Equal(expected, rig.FromWan(Udp4(X4, Public4, 53, (ushort)port)));
    }

    [Fact]
    public void N64_02_StandIn_ComesBackWithItsIdleUser()
    {
        using Ipv6Rig rig = Make();
        OpenUdp(rig, A, X64, 5000);
        Assert.Equal((1, 1), (rig.V6.Subscribers.Count, rig.State.Users.Count));
        for (int i = 0; i < 10; i++)
        {
            rig.NowMs += 300_000;
            rig.State.Advance(rig.NowMs);
        }

        Assert.Equal((0, 0), (rig.V6.Subscribers.Count, rig.State.Users.Count));
        OpenUdp(rig, B, X64, 5000);
        Assert.Equal(1, rig.V6.Subscribers.Count);
    }

    [Fact]
    public void N64_02_PolicyAndNativeFlows_HaveOneUser()
    {
        using Ipv6Rig rig = Make();
        OpenUdp(rig, A, X64, 5000);
        rig.FromLan(Udp(A, X, 5000, 53));
        uint user = rig.V6.FindUser(A, 0);
        Assert.Equal(2u, rig.State.Users[user].FlowCount);
        rig.State.SetUserVerdict(user, Verdict.Drop);
        Assert.Equal(Verdict.Drop, rig.FromLan(Udp(A, X64, 5000, 53)));
        Assert.NotEqual(Verdict.ForwardUntranslated, rig.FromLan(Udp(A, X, 5000, 53)));
    }

    [Fact]
    public void N64_03_UdpWithoutChecksum_GetsOneOrIsDroppedByRule()
    {
        using Ipv6Rig computes = Make();
        int port = OpenUdp(computes, A, X64, 5000);
        byte[] bare = PacketBuilder.Ethernet().Ipv4(X4, Public4).Udp(53, (ushort)port, hasChecksum: false).Payload(Payload(31)).ToArray();
        Assert.Equal(Verdict.Forward, computes.FromWan(bare));
        computes.AssertSound();

        using Ipv6Rig drops = Make(computesUdpChecksum: false);
        port = OpenUdp(drops, A, X64, 5000);
        bare = PacketBuilder.Ethernet().Ipv4(X4, Public4).Udp(53, (ushort)port, hasChecksum: false).Payload(Payload(31)).ToArray();
        drops.AssertDropped(DropReason.UntranslatableFamily, bare, Side.Wan);
    }

    [Fact]
    public void N64_03_FragmentsFromIpv6_BecomeFragmentsOfIpv4()
    {
        using Ipv6Rig rig = Make();
        Assert.Equal(Verdict.Forward, rig.FromLan(Ipv6FragmentTests.First(A, X64, 5000, 53, id: 0x12345)));
        int identification = Half(rig, 4); // NAT44 gives fragments a number of its own, so that two subscribers' do not meet.
        Assert.Equal(0x2000, Half(rig, 6));
        Assert.Equal(Verdict.Forward, rig.FromLan(Ipv6FragmentTests.Later(A, X64, id: 0x12345, offsetBytes: 16)));
        Assert.Equal((identification, 2), (Half(rig, 4), Half(rig, 6)));
        Assert.Equal(Public4, Word(rig, 12));
        Assert.Equal(Payload(21), rig.Output[L4Of4..]);
        rig.AssertSound();
    }

    [Fact]
    public void N64_03_FragmentsFromIpv4_BecomeFragmentsOfIpv6()
    {
        using Ipv6Rig rig = Make();
        ushort port = (ushort)OpenUdp(rig, A, X64, 5000);
        byte[] first = PacketBuilder.Ethernet().Ipv4(X4, Public4, identification: 9, moreFragments: true).Udp(53, port).Payload(Payload(8)).ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(first.AsSpan(L4Of4 + 6), 0x1234); // The checksum of the whole datagram.
        Assert.Equal(Verdict.Forward, rig.FromWan(first));
        AssertFragment(rig, offsetAndMore: 1);
        byte[] later = PacketBuilder.Ethernet().Ipv4(X4, Public4, identification: 9, fragmentOffsetBytes: 16).Protocol(IpProtocol.Udp).Payload(Payload(21)).ToArray();
        Assert.Equal(Verdict.Forward, rig.FromWan(later));
        AssertFragment(rig, offsetAndMore: 16);
        Assert.Equal(Payload(21), rig.Output[(L4 + 8)..]);
    }

    [Theory]
    [InlineData(1212, 0)]
    [InlineData(1213, 0x4000)]
    public void N64_03_DontFragment_IsSetAboveTheLeastMtu(int payloadBytes, int expected)
    {
        using Ipv6Rig rig = Make();
        rig.FromLan(Udp(A, X64, 5000, 53, payloadBytes: payloadBytes + 20));
        Assert.Equal(expected, Half(rig, 6));
        rig.AssertSound();
    }

    [Theory]
    [InlineData(3, 1, 0, 1, 0, 0)]
    [InlineData(3, 3, 0, 1, 4, 0)]
    [InlineData(3, 4, 1400, 2, 0, 1420)]
    [InlineData(3, 4, 500, 2, 0, 1280)]
    [InlineData(3, 13, 0, 1, 1, 0)]
    [InlineData(11, 0, 0, 3, 0, 0)]
    public void N64_04_ErrorFromIpv4_QuotesWhatTheSubscriberSent(byte type, byte code, uint rest, byte expectedType, byte expectedCode, uint expectedRest)
    {
        using Ipv6Rig rig = Make();
        byte[] sent = Udp(A, X64, 5000, 53);
        rig.FromLan(sent);
        byte[] error = PacketBuilder.Ethernet().Ipv4(Y4, Public4).Icmp(type, code, rest).Payload(rig.Packet).ToArray();
        Assert.Equal(Verdict.Forward, rig.FromWan(error));
        rig.AssertSound();
        Assert.Equal((WellKnown.Embed(BinaryPrimitives.ReverseEndianness(Y4)), A), (Ipv6Address.Read(rig.Packet[8..]), Ipv6Address.Read(rig.Packet[24..])));
        Assert.Equal((expectedType, expectedCode, expectedRest), (rig.Segment[0], rig.Segment[1], BinaryPrimitives.ReadUInt32BigEndian(rig.Segment[4..])));
        sent[L3 + Ipv6Rewriter.HopLimitOffset]--;
        Assert.Equal(sent.AsSpan(L3), rig.Segment[8..]);
    }

    [Theory]
    [InlineData(1, 4, 0, 3, 3, 0)]
    [InlineData(1, 1, 0, 3, 10, 0)]
    [InlineData(2, 0, 1400, 3, 4, 1380)]
    [InlineData(3, 1, 0, 11, 1, 0)]
    public void N64_04_ErrorFromIpv6_QuotesWhatTheServerSent(byte type, byte code, uint rest, byte expectedType, byte expectedCode, uint expectedRest)
    {
        using Ipv6Rig rig = Make();
        ushort port = (ushort)OpenUdp(rig, A, X64, 5000);
        byte[] sent = Udp4(X4, Public4, 53, port);
        rig.FromWan(sent);
        Assert.Equal(Verdict.Forward, rig.FromLan(Error(A, X64, type, code, rest, rig.Output)));
        rig.AssertSound();
        Assert.Equal((Public4, X4), (Word(rig, 12), Word(rig, 16)));
        Assert.Equal((expectedType, expectedCode, expectedRest), (rig.Output[L4Of4], rig.Output[L4Of4 + 1], BinaryPrimitives.ReadUInt32BigEndian(rig.Output.AsSpan(L4Of4 + 4))));
        sent[L3 + 8]--;
        BinaryPrimitives.WriteUInt16BigEndian(sent.AsSpan(L3 + 10), 0);
        byte[] quote = rig.Output[(L4Of4 + 8)..];
        BinaryPrimitives.WriteUInt16BigEndian(quote.AsSpan(10), 0);
        Assert.Equal(sent[L3..], quote);
    }

    [Fact]
    public void N64_05_PrivateAddressBehindTheWellKnownPrefix_IsRefused()
    {
        using Ipv6Rig rig = Make();
        rig.AssertDropped(DropReason.MartianAddress, Udp(A, Address("64:ff9b::10.1.2.3"), 1, 2), Side.Lan);
        rig.AssertDropped(DropReason.MartianAddress, Udp(A, Address("64:ff9b::224.0.0.1"), 1, 2), Side.Lan);
        rig.AssertDropped(DropReason.HairpinLoop, Udp(X64, A, 1, 2), Side.Wan);
    }

    [Fact]
    public void N64_05_StandInAddressOnTheWire_IsMartian()
    {
        using Ipv6Rig rig = Make();
        rig.FromLan(Udp(A, X64, 5000, 53));
        byte[] forged = Udp4(0xF000_0000, X4, 5000, 53);
        rig.AssertDropped(DropReason.MartianAddress, forged, Side.Lan);
        rig.AssertDropped(DropReason.MartianAddress, Udp4(X4, 0xF000_0000, 53, 5000), Side.Wan);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Nat64_AnyBytes_EndInAVerdict(int seed)
    {
        using Ipv6Rig rig = Make();
        var prng = new Prng(seed);
        int forwarded = 0;
        for (int step = 0; step < 4_000; step++)
        {
            byte[] frame = prng.Next(4) switch
            {
                0 => Udp(A, X64, 5000, (ushort)prng.Next(4), payloadBytes: prng.Next(60)),
                1 => Udp4(X4, Public4, (ushort)prng.Next(4), (ushort)(1024 + prng.Next(200))),
                2 => Error(A, X64, (byte)prng.Next(5), (byte)prng.Next(5), 1300, Udp(X64, A, 53, 5000)),
                _ => Ipv6FragmentTests.First(A, prng.Next(2) == 0 ? X64 : X, 5000, 53, (uint)prng.Next(3)),
            };
            for (int i = prng.Next(4); i > 0; i--)
                frame[L3 + prng.Next(frame.Length - L3)] = (byte)prng.NextULong();
            Verdict verdict = rig.Send(frame, prng.Next(3) == 0 ? Side.Wan : Side.Lan, 0);
            Assert.True(verdict is not (Verdict.Continue or Verdict.Hairpin), $"seed {seed}, step {step}: {verdict}");
            forwarded += verdict == Verdict.Forward ? 1 : 0;
            rig.NowMs += 5;
        }

        Assert.InRange(forwarded, 500, 3_900);
    }

    private static void AssertFragment(Ipv6Rig rig, int offsetAndMore)
    {
        Assert.Equal((X64, A), (Ipv6Address.Read(rig.Packet[8..]), Ipv6Address.Read(rig.Packet[24..])));
        Assert.Equal((IpProtocol.Fragment, IpProtocol.Udp), (rig.Packet[6], rig.Segment[0]));
        Assert.Equal((offsetAndMore, 9u), (BinaryPrimitives.ReadUInt16BigEndian(rig.Segment[2..]), BinaryPrimitives.ReadUInt32BigEndian(rig.Segment[4..])));
    }

    private static int OpenUdp(Ipv6Rig rig, Ipv6Address inside, Ipv6Address server, ushort port, ushort dstPort = 53)
    {
        Assert.Equal(Verdict.Forward, rig.FromLan(Udp(inside, server, port, dstPort)));
        return BinaryPrimitives.ReadUInt16BigEndian(rig.Output.AsSpan(L4Of4));
    }

    private static byte[] Udp4(uint source, uint destination, ushort srcPort, ushort dstPort) =>
        PacketBuilder.Ethernet().Ipv4(source, destination).Udp(srcPort, dstPort).Payload(Payload(20)).ToArray();

    private static uint Word(Ipv6Rig rig, int offset) => BinaryPrimitives.ReadUInt32BigEndian(rig.Packet[offset..]);

    private static int Half(Ipv6Rig rig, int offset) => BinaryPrimitives.ReadUInt16BigEndian(rig.Packet[offset..]);

    private static Ipv6Rig Make(string prefixText = "64:ff9b::/96", bool computesUdpChecksum = true) => new(
        Defaults with { Nat64Prefix = Prefix(prefixText), Nat64ComputesUdpChecksum = computesUdpChecksum });
}
