using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

public sealed class FilteringTests
{
    [Theory]
    [InlineData(FilteringMode.EndpointIndependent, true, true, true, true)]
    [InlineData(FilteringMode.AddressDependent, true, true, false, false)]
    [InlineData(FilteringMode.AddressAndPortDependent, true, false, false, false)]
    public void UDP_13_WhoMaySendToAMapping(FilteringMode mode, bool same, bool otherPort, bool otherAddress, bool stranger)
    {
        using var rig = new ShardRig(Defaults with { Filtering = mode });
        (uint, ushort) external = rig.Map((A, 5000), (X1, 1000));

        Assert.Equal(same, rig.FromOutside(Frames.Udp((X1, 1000), external)).IsForwarded);
        Assert.Equal(otherPort, rig.FromOutside(Frames.Udp((X1, 9000), external)).IsForwarded);
        Assert.Equal(otherAddress, rig.FromOutside(Frames.Udp((X2, 1000), external)).IsForwarded);
        RigPacket last = rig.FromOutside(Frames.Udp((Y, 1), external));
        Assert.Equal(stranger, last.IsForwarded);
        Assert.Equal(stranger ? DropReason.None : DropReason.Filtered, last.Reason);
    }

    [Fact]
    public void CGN_08_TheDefault_LetsEverybodyIn()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 1000));

        Assert.Equal((A, (ushort)5000), rig.FromOutside(Frames.Udp((Y, 4242), external)).Packet.To);
    }

    [Fact]
    public void FlowFromOutside_CountsForTheSubscriberOfItsMapping()
    {
        using var rig = new ShardRig(Defaults with { Filtering = FilteringMode.EndpointIndependent });
        rig.Map((A, 5000), (X1, 53));
        (uint, ushort) external = rig.Map((B, 5000), (X1, 53));

        Assert.True(rig.FromOutside(Frames.Udp((Y, 1), external)).IsForwarded);

        Assert.Equal(1u, FlowsOf(rig, A));
        Assert.Equal(2u, FlowsOf(rig, B));
    }

    [Fact]
    public void AddressDependent_AddressLosesItsRightWithItsLastFlow()
    {
        using var rig = new ShardRig(Defaults with { Filtering = FilteringMode.AddressDependent });
        (uint, ushort) external = rig.Map((A, 5000), (X1, 1000));
        rig.Wait(TimeSpan.FromSeconds(200));
        rig.Map((A, 5000), (X2, 1000));
        rig.Wait(TimeSpan.FromSeconds(102));

        Assert.Equal(DropReason.Filtered, rig.FromOutside(Frames.Udp((X1, 9), external)).Reason);
        Assert.True(rig.FromOutside(Frames.Udp((X2, 9), external)).IsForwarded);
    }

    [Fact]
    public void BoxesOwnAddress_IsPublicToo_WhatNoMappingClaimsIsForTheBox()
    {
        using var rig = new ShardRig(resolver: new OwnAddressPaths(E1));
        using var elsewhere = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        byte[][] own =
        [
            Frames.Syn((X1, 4000), (E1, 22)), Frames.Udp((X1, 53), (E1, 1000)), Frames.Ping(X1, E1, 3), Frames.Tcp((X1, 179), (E1, 179), 2, ttl: 1),
        ];

        Assert.All(own, frame => Assert.Equal(Verdict.PassToHost, rig.FromOutside(frame).Verdict));
        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Udp((X1, 53), (E1, (ushort)(external.Item2 ^ 1)))).Reason);
        Assert.Equal(DropReason.NoMapping, elsewhere.FromOutside(own[1]).Reason);
    }

    [Fact]
    public void QueryFromOutside_NeverReachesAnInsideHost()
    {
        using var rig = new ShardRig();
        ushort identifier = rig.FromInside(Frames.Ping(A, X1, 7)).Packet.Identifier;

        RigPacket ping = rig.FromOutside(Frames.Ping(Y, E1, identifier));

        Assert.NotEqual(Verdict.Forward, ping.Verdict);
    }

    [Fact]
    public void SegmentWithoutSyn_FromOutside_OpensNothing()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Connect((A, 5000), (X1, 80));

        Assert.Equal(DropReason.TcpNotSyn, rig.FromOutside(Frames.Tcp((Y, 80), external, 0x10)).Reason);
    }

    private static uint FlowsOf(ShardRig rig, uint address) =>
        rig.State.Users[rig.State.Users.Find(BinaryPrimitives.ReverseEndianness(address), zone: 0)].FlowCount;
}
