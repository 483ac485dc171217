using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Packets.Build;
using Natflow.Packets.Family;
using Natflow.Testing.Flows;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

/// <summary>Packets that NAT64 makes longer than the subscribers' link (RFC 7915 section 4).</summary>
public sealed class Nat64SizeTests
{
    private const int LanMtu = 1280;
    private const int L4Of4 = L3 + 20;

    private static Ipv6Address X64 => new Nat64Prefix(Nat64Prefix.WellKnown).Embed(BinaryPrimitives.ReverseEndianness(X4));

    [Theory]
    [InlineData(1232, true, true)] // 1260 bytes of IPv4 become 1280 of IPv6.
    [InlineData(1232, true, false)]
    [InlineData(1233, false, true)]
    [InlineData(1233, false, false)]
    public void N64_03_DontFragmentFromIpv4_TooLongAsIpv6_IsToldTheIpv4Mtu(int payloadBytes, bool fits, bool isSteady)
    {
        using Ipv6Rig rig = Make(out ushort port, isSteady);

        Verdict verdict = rig.FromWan(Answer(port, payloadBytes, dontFragment: true));

        rig.AssertSound();
        if (fits)
        {
            Assert.Equal((Verdict.Forward, 6, LanMtu), (verdict, rig.Packet[0] >> 4, rig.Packet.Length));
            return;
        }

        Assert.Equal((Verdict.Reflect, IpProtocol.Icmp), (verdict, rig.Packet[9]));
        Assert.Equal((3, 4, LanMtu - 20), (rig.Output[L4Of4], rig.Output[L4Of4 + 1], BinaryPrimitives.ReadUInt16BigEndian(rig.Output.AsSpan(L4Of4 + 6))));
        Assert.Equal((Public4, X4), (BinaryPrimitives.ReadUInt32BigEndian(rig.Packet[12..]), BinaryPrimitives.ReadUInt32BigEndian(rig.Packet[16..])));
    }

    [Theory]
    [InlineData(1233, 2)]
    [InlineData(2600, 3)]
    public void N64_03_FragmentableFromIpv4_TooLongAsIpv6_ArrivesInFragmentsThatFit(int payloadBytes, int count)
    {
        using Ipv6Rig rig = Make(out ushort port, isSteady: true);

        Assert.Equal(Verdict.Forward, rig.FromWan(Answer(port, payloadBytes, dontFragment: false)));

        byte[][] parts = [rig.Output, .. rig.Extras];
        Assert.Equal(count, parts.Length);
        Assert.All(parts, static part => Assert.Equal((6, IpProtocol.Fragment), (part[L3] >> 4, part[L3 + 6])));
        Assert.All(parts, static part => Assert.InRange(part.Length - L3, 48, LanMtu));
        byte[] segment = [.. parts.SelectMany(static part => part[(L4 + 8)..])];
        byte[] whole = Ip(X64, A).Udp(53, 5000).Payload(Payload(payloadBytes)).ToArray();
        Assert.Equal(whole[L4..], segment);
    }

    [Fact]
    public void N64_03_FragmentFromIpv4_TooLongWithItsFragmentHeader_IsCutAgain()
    {
        using Ipv6Rig rig = Make(out ushort port, isSteady: true);
        byte[] first = Frames.Fragments(Answer(port, 1300, dontFragment: false), 1240, 7)[0]; // 1260 bytes would do for a whole packet.

        Assert.Equal(Verdict.Forward, rig.FromWan(first));

        Assert.Equal(2, 1 + rig.Extras.Count);
        Assert.All([rig.Output, .. rig.Extras], static part => Assert.InRange(part.Length - L3, 48, LanMtu));
    }

    [Fact]
    public void N64_03_Ipv4SubscriberOfTheSameGateway_HasTheWholeMtu()
    {
        using Ipv6Rig rig = Make(out _, isSteady: true);
        rig.FromLan(PacketBuilder.Ethernet().Ipv4(0x0A00_000A, X4).Udp(7000, 53).ToArray());
        ushort port = BinaryPrimitives.ReadUInt16BigEndian(rig.Output.AsSpan(L4Of4));
        rig.FromWan(Answer(port, 20, dontFragment: true));
        Assert.Equal(Verdict.Forward, rig.FromWan(Answer(port, LanMtu - 28, dontFragment: true)));
        Assert.Equal((4, LanMtu), (rig.Packet[0] >> 4, rig.Packet.Length));
    }

    private static byte[] Answer(ushort port, int payloadBytes, bool dontFragment) =>
        PacketBuilder.Ethernet().Ipv4(X4, Public4, dontFragment: dontFragment).Udp(53, port).Payload(Payload(payloadBytes)).ToArray();

    private static Ipv6Rig Make(out ushort port, bool isSteady)
    {
        var rig = new Ipv6Rig(Defaults with { Nat64Prefix = Nat64Prefix.WellKnown }, hasChunks: true);
        rig.State.SetIcmpSource(Side.Wan, BinaryPrimitives.ReverseEndianness(Public4));
        Assert.Equal(Verdict.Forward, rig.FromLan(Udp(A, X64, 5000, 53)));
        port = BinaryPrimitives.ReadUInt16BigEndian(rig.Output.AsSpan(L4Of4));
        if (isSteady)
            Assert.Equal(Verdict.Forward, rig.FromWan(Answer(port, 20, dontFragment: false)));
        rig.State.Paths[PathTable.AsIsLan].MtuBytes = LanMtu;
        return rig;
    }
}
