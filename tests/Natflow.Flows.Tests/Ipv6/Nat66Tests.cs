using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Packets;
using Natflow.Packets.Ip;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

public sealed class Nat66Tests
{
    private static readonly Ipv6Address Public = Address("2001:db8:2::ff");

    [Fact]
    public void Nat66_OneInsidePort_HasOnePublicPortWhateverTheDestination()
    {
        using Ipv6Rig rig = Make();
        rig.FromLan(Udp(A, X, 5000, 53));
        Assert.Equal((Public, 5000), (Ipv6Address.Read(rig.Packet[8..]), SrcPort(rig)));
        rig.AssertSound();
        rig.FromLan(Udp(A, Y, 5000, 54));
        Assert.Equal(5000, SrcPort(rig));
        Assert.Equal(1, rig.V6.Nat66!.Count);
    }

    [Fact]
    public void Nat66_TakenPort_IsReplacedByOneOfItsClassAndParity()
    {
        using Ipv6Rig rig = Make();
        foreach (ushort port in (ushort[])[1023, 5000, 5001])
        {
            rig.FromLan(Udp(A, X, port, 53));
            rig.FromLan(Udp(B, X, port, 53));
            int external = SrcPort(rig);
            Assert.NotEqual(port, external);
            Assert.Equal(port % 2, external % 2);
            Assert.Equal(port < 1024, external < 1024);
            rig.AssertSound();
            rig.FromWan(Udp(X, Public, 53, (ushort)external));
            Assert.Equal(B, Ipv6Address.Read(rig.Packet[24..]));
            Assert.Equal(port, BinaryPrimitives.ReadUInt16BigEndian(rig.Segment[2..]));
            rig.AssertSound();
        }
    }

    [Fact]
    public void Nat66_PingAndTcp_AreTranslatedBothWays()
    {
        using Ipv6Rig rig = Make();
        rig.FromLan(Echo(A, X, IcmpType.EchoRequestV6, 77));
        rig.FromLan(Echo(B, X, IcmpType.EchoRequestV6, 77));
        ushort identifier = BinaryPrimitives.ReadUInt16BigEndian(rig.Segment[4..]);
        Assert.NotEqual(77, identifier);
        rig.AssertSound();
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Echo(X, Public, IcmpType.EchoReplyV6, identifier)));
        Assert.Equal((B, 77), (Ipv6Address.Read(rig.Packet[24..]), BinaryPrimitives.ReadUInt16BigEndian(rig.Segment[4..])));
        rig.AssertSound();

        rig.FromLan(Tcp(A, X, 4000, 80, TcpFlags.Syn));
        rig.AssertSound();
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Tcp(X, Public, 80, 4000, TcpFlags.Syn | TcpFlags.Ack)));
        rig.AssertSound();
    }

    [Theory]
    [InlineData(FilteringMode.EndpointIndependent, Verdict.ForwardUntranslated)]
    [InlineData(FilteringMode.AddressAndPortDependent, Verdict.Drop)]
    public void Nat66_Stranger_ComesInByTheFilteringMode(FilteringMode mode, Verdict expected)
    {
        using Ipv6Rig rig = Make(mode);
        rig.FromLan(Udp(A, X, 5000, 53));
        Assert.Equal(expected, rig.FromWan(Udp(Y, Public, 9, 5000)));
        rig.AssertDropped(DropReason.NoMapping, Udp(X, Public, 53, 5001), Side.Wan);
        rig.AssertDropped(DropReason.NoRoute, Udp(X, A, 53, 5000), Side.Wan);
    }

    [Fact]
    public void Nat66_Hairpin_ShowsThePublicEndpoint()
    {
        using Ipv6Rig rig = Make();
        rig.FromLan(Udp(B, X, 7000, 53));
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(A, Public, 5000, 7000)));
        Assert.Equal((Public, B), (Ipv6Address.Read(rig.Packet[8..]), Ipv6Address.Read(rig.Packet[24..])));
        Assert.Equal(63, rig.Packet[Ipv6Rewriter.HopLimitOffset]);
        rig.AssertSound();
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromLan(Udp(B, Public, 7000, 5000)));
        Assert.Equal(A, Ipv6Address.Read(rig.Packet[24..]));
        rig.AssertSound();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nat66_Error_QuotesWhatWasSent(bool isCut)
    {
        using Ipv6Rig rig = Make();
        byte[] other = Tcp(A, X, 4000, 80, TcpFlags.Syn);
        rig.FromLan(other);
        byte[] sent = Tcp(B, X, 4000, 80, TcpFlags.Syn);
        rig.FromLan(sent);
        byte[] onWan = rig.Output;
        Assert.Equal(Verdict.ForwardUntranslated, rig.FromWan(Error(Y, Public, Icmpv6Type.PacketTooBig, 0, 1280, onWan, isCut ? 48 : 1232)));
        rig.AssertSound();
        Assert.Equal(B, Ipv6Address.Read(rig.Packet[24..]));
        sent[L3 + Ipv6Rewriter.HopLimitOffset]--;
        ReadOnlySpan<byte> quote = rig.Segment[8..];
        Assert.Equal(sent.AsSpan(L3, quote.Length), quote);
    }

    [Fact]
    public void Nat66_MappingAndPort_GoWithTheLastFlow()
    {
        using Ipv6Rig rig = Make();
        rig.FromLan(Udp(A, X, 5000, 53));
        rig.FromLan(Udp(A, Y, 5000, 53));
        rig.NowMs += 302_000;
        rig.State.Advance(rig.NowMs);
        Assert.Equal((0, 0), (rig.V6.Flows.Count, rig.V6.Nat66!.Count));
        rig.FromLan(Udp(B, X, 5000, 53));
        Assert.Equal(5000, SrcPort(rig));
    }

    private static int SrcPort(Ipv6Rig rig) => BinaryPrimitives.ReadUInt16BigEndian(rig.Segment);

    private static Ipv6Rig Make(FilteringMode filtering = FilteringMode.EndpointIndependent) => new(
        Defaults with { Mode = Ipv6Mode.Masquerade, PublicAddresses = [Public] }, settings => settings with { Filtering = filtering });
}
