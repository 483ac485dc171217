using Natflow.Core;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

public sealed class StaticAddressTests
{
    private static readonly NatSettings Settings = Defaults with { PublicAddresses = [E1, E2], StaticAddresses = [new StaticAddress(E2, B)] };

    [Fact]
    public void OneToOne_AllPortsBothWays_AreKept()
    {
        using var rig = new ShardRig(Settings);
        Assert.Equal((E2, (ushort)700), rig.Map((B, 700), (X1, 53)));
        Assert.Equal((B, (ushort)22), rig.FromOutside(Frames.Syn((X1, 9000), (E2, 22))).Packet.To);
        Assert.Equal((E2, (ushort)22), rig.FromInside(Frames.SynAck((B, 22), (X1, 9000))).Packet.From);
        Assert.Equal((B, (ushort)77), rig.FromOutside(Frames.Ping(X1, E2, 77)) is { IsForwarded: true } ping ? (ping.Packet.Destination, ping.Packet.Identifier) : default);
        Assert.Equal((E2, (ushort)77), rig.FromInside(Frames.Pong(B, X1, 77)) is { IsForwarded: true } pong ? (pong.Packet.Source, pong.Packet.Identifier) : default);
        rig.Wait(TimeSpan.FromHours(3));
        Assert.Equal((0, 0), (rig.State.Flows.Count, rig.State.Blocks.LeasedCount));
    }

    [Fact]
    public void OneToOne_ItsAddressIsNobodyElses()
    {
        using var rig = new ShardRig(Settings);
        for (uint host = 100; host < 140; host++)
            Assert.Equal(E1, rig.Map((A + host, 5000), (X1, 53)).Address);
    }

    [Fact]
    public void U_12_ICMP_12_HairpinnedQuery_ReachesTheOneToOneHost_AndIsAnswered()
    {
        using var rig = new ShardRig(Settings);
        RigPacket ping = rig.FromInside(Frames.Ping(A, E2, 5));
        Assert.Equal((true, Side.Lan, E1, B), (ping.IsHairpinned, ping.Egress, ping.Packet.Source, ping.Packet.Destination));
        RigPacket pong = rig.FromInside(Frames.Pong(B, E1, ping.Packet.Identifier));

        Assert.Equal((true, E2, A, (ushort)5), (pong.IsHairpinned, pong.Packet.Source, pong.Packet.Destination, pong.Packet.Identifier));
    }

    [Fact]
    public void Validate_StaticAddressesThatContradict_AreRefusedInWords()
    {
        NatSettings bad = Settings with
        {
            StaticAddresses = [new StaticAddress(E2, B), new StaticAddress(E2, A), new StaticAddress(X1, A)],
            PortForwards = [new PortForward(IpProtocol.Udp, E2, 53, A, 53)],
        };

        Assert.Equal(5, bad.Validate().Count);
    }
}
