using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

public sealed class MappingTests
{
    private static readonly NatSettings TwoAddresses = Defaults with { PublicAddresses = [E1, E2] };

    [Fact]
    public void UDP_01_OneInsideEndpoint_KeepsOneExternalEndpointForAllDestinations()
    {
        using var rig = new ShardRig();
        HashSet<(uint, ushort)> external = [];
        for (int i = 0; i < 50; i++)
            external.Add(rig.Map((A, 5000), (X1 + (uint)(i % 5), (ushort)(1000 + i))));

        Assert.Single(external);
        Assert.Equal(1, rig.State.Mappings.Count);
    }

    [Fact]
    public void TCP_01_OneInsideEndpoint_KeepsOneExternalEndpointForAllDestinations()
    {
        using var rig = new ShardRig();
        HashSet<(uint, ushort)> external = [rig.Connect((A, 5000), (X1, 80)), rig.Connect((A, 5000), (X1, 443)), rig.Connect((A, 5000), (Y, 80))];

        Assert.Single(external);
    }

    [Fact]
    public void UDP_02_CGN_02_AllTrafficOfAHost_UsesOneAddress_AndHostsSpreadOverThePool()
    {
        using var rig = new ShardRig(TwoAddresses);
        var addresses = new HashSet<uint>();
        for (uint host = 0; host < 20; host++)
        {
            var own = new HashSet<uint>();
            for (ushort i = 0; i < 25; i++)
            {
                own.Add(rig.Map((A + host, (ushort)(2000 + i)), (X1, 53)).Address);
                own.Add(rig.FromInside(Frames.Syn((A + host, (ushort)(2000 + i)), (X1, 80))).Packet.Source);
            }

            own.Add(rig.FromInside(Frames.Ping(A + host, X1, 7)).Packet.Source);
            addresses.Add(Assert.Single(own));
        }

        Assert.Equal(2, addresses.Count);
    }

    [Fact]
    public void UDP_03_TwoInsideEndpoints_NeverShareAnExternalEndpoint_AndAFullRangeRefuses()
    {
        using var rig = new ShardRig(Defaults with { PortFirst = 65_408, PortBlockSize = 64, BlocksPerUserMax = 64 });
        (uint, ushort) first = rig.Map((A, 5000), (X1, 53));
        (uint, ushort) second = rig.Map((B, 5000), (X1, 53));
        Assert.NotEqual(first, second);

        HashSet<(uint, ushort)> external = [first];
        for (ushort port = 5001; external.Count < 64; port++)
            Assert.True(external.Add(rig.Map((A, port), (X1, 53))));
        RigPacket refused = rig.FromInside(Frames.Udp((A, 9000), (X1, 53)));

        Assert.Equal(DropReason.PortsExhausted, refused.Reason);
        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), first)).IsForwarded);
    }

    [Fact]
    public void TCP_11_TwoInsideEndpoints_NeverShareAnExternalEndpoint()
    {
        using var rig = new ShardRig();
        HashSet<(uint, ushort)> external = [];
        for (uint host = 0; host < 30; host++)
            Assert.True(external.Add(rig.Connect((A + host, 5000), (X1, 80))));
    }

    [Fact]
    public void UDP_05_Parity_IsKept_AndCanBeOff()
    {
        using var rig = new ShardRig();
        using var free = new ShardRig(Defaults with { PortParity = false });
        int changed = 0;
        for (ushort port = 4000; port < 4050; port++)
        {
            Assert.Equal(port % 2, rig.Map((A, port), (X1, 53)).Port % 2);
            changed += free.Map((A, port), (X1, 53)).Port % 2 != port % 2 ? 1 : 0;
        }

        Assert.NotEqual(0, changed);
    }

    [Fact]
    public void UDP_25_ChecksumZeroStaysZero_BothWays()
    {
        using var rig = new ShardRig();
        RigPacket sent = rig.FromInside(PacketBuilder.Ethernet().Ipv4(A, X1).Udp(5000, 53, hasChecksum: false).Payload([1, 2]).ToArray());
        RigPacket back = rig.FromOutside(
            PacketBuilder.Ethernet().Ipv4(X1, E1).Udp(53, sent.Packet.SourcePort, hasChecksum: false).Payload([1, 2]).ToArray());

        Assert.All([sent, back], packet => Assert.Equal([0, 0], packet.Packet.Bytes[26..28]));
    }

    [Fact]
    public void UDP_27_CGN_15_ExternalPorts_AreNoArithmeticProgression()
    {
        using var rig = new ShardRig(Defaults with { PublicAddresses = [E1, E2], UserCapacity = 4096, FlowCapacity = 16_384 });
        int[] ports = [.. Enumerable.Range(0, 4000).Select(i => (int)rig.Map((A + ((uint)i % 200), (ushort)(3000 + (i / 200))), (X1, 53)).Port)];
        int[] steps = [.. ports.Zip(ports.Skip(1), static (a, b) => b - a)];

        Assert.True(steps.GroupBy(static step => step).Max(static group => group.Count()) < ports.Length / 50, "one step is too common");
        double[] inBlock = [.. ports.Select(static port => (double)(port % 128))];
        double mean = inBlock.Average();
        double variance = inBlock.Sum(value => (value - mean) * (value - mean));
        double serial = inBlock.Zip(inBlock.Skip(1), (a, b) => (a - mean) * (b - mean)).Sum() / variance;
        Assert.InRange(serial, -0.06, 0.06);
        int runs = 1 + inBlock.Zip(inBlock.Skip(1), (a, b) => (a > mean) != (b > mean) ? 1 : 0).Sum();
        Assert.InRange(runs, (ports.Length / 2) - 150, (ports.Length / 2) + 150);
    }

    [Fact]
    public void ICMP_02_QueryIdentifier_DoesNotDependOnTheDestination()
    {
        using var rig = new ShardRig();
        RigPacket first = rig.FromInside(Frames.Ping(A, X1, 77));
        RigPacket second = rig.FromInside(Frames.Ping(A, X2, 77));

        Assert.Equal(first.Packet.Identifier, second.Packet.Identifier);
        RigPacket back = rig.FromOutside(Frames.Pong(X2, E1, second.Packet.Identifier));
        Assert.Equal((A, (ushort)77), (back.Packet.Destination, back.Packet.Identifier));
    }

    [Fact]
    public void ICMP_01_QueriesFromInsideAndTheirAnswersPass()
    {
        using var rig = new ShardRig();
        foreach (byte type in (byte[])[8, 13])
        {
            ushort external = rig.FromInside(Frames.Query(A, X1, type, 99)).Packet.Identifier;
            byte answer = type == 8 ? (byte)0 : (byte)14;
            Assert.Equal((A, (ushort)99), (rig.FromOutside(Frames.Query(X1, E1, answer, external)) is { IsForwarded: true } back
                ? (back.Packet.Destination, back.Packet.Identifier) : default));
        }
    }

    [Fact]
    public void U_04_U_05_MappingsOfUdpAndTcp_AreSeparate()
    {
        using var rig = new ShardRig();
        (uint Address, ushort Port) udp = rig.Map((A, 6000), (X1, 53));

        RigPacket syn = rig.FromOutside(Frames.Syn((Y, 1234), udp));

        Assert.Equal((Verdict.Drop, DropReason.NoMapping), (syn.Verdict, syn.Reason));
    }

    [Fact]
    public void AddressAndPortDependent_PortsServeSeveralDestinations_AndAnswersFindTheirFlow()
    {
        using var rig = new ShardRig(Defaults with
        {
            Mapping = MappingMode.AddressAndPortDependent,
            PortFirst = 65_472,
            PortBlockSize = 64,
            BlocksPerUserMax = 1,
            FlowCapacity = 1024,
        });
        var flows = new Dictionary<(uint, ushort Remote, uint, ushort), ushort>();
        for (ushort i = 0; i < 300; i++)
        {
            (uint, ushort) remote = (X1, (ushort)(1000 + i));
            (uint Address, ushort Port) external = rig.Map((A, 5000), remote);
            Assert.True(flows.TryAdd((remote.Item1, remote.Item2, external.Address, external.Port), i), "one endpoint for two flows");
        }

        Assert.True(flows.Keys.Select(static key => key.Item4).Distinct().Count() <= 64);
        foreach ((uint address, ushort port, uint external, ushort externalPort) in flows.Keys)
            Assert.Equal((A, (ushort)5000), rig.FromOutside(Frames.Udp((address, port), (external, externalPort))).Packet.To);
    }

    [Fact]
    public void PortForward_OutsideStartsAFlow_AndTheServerAnswersFromTheSamePort()
    {
        using var rig = new ShardRig(Defaults with { PortForwards = [new PortForward(IpProtocol.Tcp, E1, 80, B, 8080)], Filtering = FilteringMode.AddressAndPortDependent });
        RigPacket syn = rig.FromOutside(Frames.Syn((X1, 4000), (E1, 80)));
        Assert.Equal((B, (ushort)8080), syn.Packet.To);
        RigPacket answer = rig.FromInside(Frames.SynAck((B, 8080), (X1, 4000)));

        Assert.Equal((E1, (ushort)80), answer.Packet.From);
        Assert.Equal((E1, (ushort)80), rig.FromInside(Frames.Syn((B, 8080), (Y, 99))).Packet.From);
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Syn((X1, 4000), (E1, 81))).Reason);
    }

    [Fact]
    public void PortForward_ItsPortIsNeverGivenToASubscriber()
    {
        using var rig = new ShardRig(Defaults with
        {
            PortForwards = [new PortForward(IpProtocol.Udp, E1, 65_500, B, 53)],
            PortFirst = 65_408,
            PortBlockSize = 64,
            BlocksPerUserMax = 8,
        });
        var ports = new HashSet<ushort>();
        for (ushort port = 2000; rig.FromInside(Frames.Udp((A, port), (X1, 53))) is { IsForwarded: true } sent; port++)
            ports.Add(sent.Packet.SourcePort);

        Assert.Equal(127, ports.Count);
        Assert.DoesNotContain((ushort)65_500, ports);
    }

    [Fact]
    public void Ttl_IsStepped_AndOneIsExpired()
    {
        using var rig = new ShardRig();
        RigPacket sent = rig.FromInside(Frames.Udp((A, 5000), (X1, 53), ttl: 2));
        Assert.Equal(1, sent.Packet.Ttl);
        Assert.Equal(DropReason.TtlExpired, rig.FromInside(Frames.Udp((A, 5000), (X1, 53), ttl: 1)).Reason);
        Assert.Equal(DropReason.TtlExpired, rig.FromOutside(Frames.Udp((X1, 53), sent.Packet.From, ttl: 1)).Reason);
        Assert.Equal(63, rig.FromOutside(Frames.Udp((X1, 53), sent.Packet.From)).Packet.Ttl);
        Assert.Equal(DropReason.TtlExpired, rig.FromOutside(Frames.Udp((X1, 53), sent.Packet.From, ttl: 0)).Reason);
    }

    [Theory, InlineData("10.1.0.1"), InlineData("127.0.0.1"), InlineData("203.0.113.1")]
    public void SpoofedOrMartianSource_FromInside_IsDropped(string source)
    {
        using var rig = new ShardRig();
        RigPacket sent = rig.FromInside(Frames.Udp((Prefix(source).Network, 5000), (X1, 53)));

        Assert.True(sent.Reason is DropReason.SpoofedSource or DropReason.MartianAddress, sent.ToString());
    }

    [Fact]
    public void LanSource_FromOutside_IsDropped()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));

        Assert.Equal(DropReason.SpoofedSource, rig.FromOutside(Frames.Udp((B, 53), external)).Reason);
    }

    [Fact]
    public void OtherProtocolsAndIcmpTypes_AreNamedDrops()
    {
        using var rig = new ShardRig();
        Assert.Equal(DropReason.UnsupportedProtocol, rig.FromInside(PacketBuilder.Ethernet().Ipv4(A, X1).Protocol(47).Payload([1, 2, 3, 4]).ToArray()).Reason);
    }

    [Fact]
    public void ICMP_16_RedirectAndRouterAdvertisement_AreDroppedAndCounted()
    {
        using var rig = new ShardRig();
        foreach (byte type in (byte[])[5, 9, 10])
            Assert.Equal(DropReason.UnsupportedIcmp, rig.FromInside(PacketBuilder.Ethernet().Ipv4(A, X1).Icmp(type, 0, 0).Payload(new byte[8]).ToArray()).Reason);
    }

    [Fact]
    public void Zones_SameInsideEndpointInTwoZones_HaveTheirOwnMappings()
    {
        using var rig = new ShardRig();
        RigPacket one = rig.FromInside(Frames.Udp((A, 5000), (X1, 53)), zone: 1);
        RigPacket two = rig.FromInside(Frames.Udp((A, 5000), (X1, 53)), zone: 2);

        Assert.NotEqual(one.Packet.From, two.Packet.From);
        Assert.Equal(2, rig.State.Users.Count);
    }

    [Fact]
    public void Zones_OneInsideEndpointOfAZone_KeepsOneExternalEndpoint()
    {
        using var rig = new ShardRig();
        RigPacket one = rig.FromInside(Frames.Udp((A, 5000), (X1, 53)), zone: 1);
        RigPacket two = rig.FromInside(Frames.Udp((A, 5000), (X2, 53)), zone: 1);

        Assert.Equal(one.Packet.From, two.Packet.From);
        Assert.Equal(1, rig.State.Mappings.Count);
    }

    [Fact]
    public void Burst_OfOneFlow_KeepsOrderAndCounts()
    {
        using var rig = new ShardRig();
        IReadOnlyList<RigPacket> sent = rig.Burst(Side.Lan, [.. Enumerable.Range(0, 40).Select(i => Frames.Udp((A, 5000), (X1, 53), payloadBytes: i))]);

        Assert.All(sent, packet => Assert.True(packet.IsForwarded));
        Assert.Single(sent.Select(static packet => packet.Packet.From).Distinct());
        Assert.Equal(40u, rig.State.Flows.Flow(0).PacketsOutLow);
        Assert.Equal((ulong)sent.Sum(static packet => packet.Packet.TotalBytes), rig.State.Flows.Flow(0).BytesOut);
    }

    [Fact]
    public void TCP_02_LegalSequences_PassUnchangedButForTheEndpoint()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Connect((A, 5000), (X1, 80));
        byte[] flags =
        [
            TcpFlags.Ack, TcpFlags.Ack | TcpFlags.Psh, TcpFlags.Ack | 0x20, TcpFlags.Fin | TcpFlags.Ack, TcpFlags.Ack, TcpFlags.Rst,
        ];
        foreach (byte flag in flags)
        {
            RigPacket sent = rig.FromInside(Frames.Tcp((A, 5000), (X1, 80), flag, payloadBytes: 7));
            RigPacket back = rig.FromOutside(Frames.Tcp((X1, 80), external, flag, payloadBytes: 9));
            Assert.True(sent.IsForwarded && back.IsForwarded, $"flags {flag:x2}");
            Assert.Equal(Frames.Pattern(7), sent.Packet.Payload[20..]);
            Assert.Equal(Frames.Pattern(9), back.Packet.Payload[20..]);
        }
    }

    [Fact]
    public void BurstOfNewFlows_OpensEachOfThem_OnAPortOfItsOwn()
    {
        using var rig = new ShardRig(Defaults with { PublicAddresses = [E1, E2] });
        IReadOnlyList<RigPacket> sent = rig.Burst(
            Side.Lan, [.. Enumerable.Range(0, FrameDescriptor.BurstMax).Select(static i => Frames.Udp((A + (uint)(i % 5), (ushort)(5000 + i)), (X1, 53)))]);

        Assert.All(sent, static packet => Assert.True(packet.IsForwarded, packet.ToString()));
        Assert.Equal(sent.Count, sent.Select(static packet => packet.Packet.From).Distinct().Count());
        Assert.Equal(sent.Count, rig.State.Flows.Count);
    }
}
