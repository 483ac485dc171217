using Natflow.Core;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

public sealed class GenerationTests
{
    private static readonly NatSettings TwoAddresses = Defaults with { PublicAddresses = [E1, E2] };

    [Fact]
    public void SetUserVerdict_Drop_StopsExactlyThisSubscriber_AndForwardBringsItBack()
    {
        using var rig = new ShardRig();
        (uint, ushort) a = rig.Map((A, 5000), (X1, 53));
        rig.Map((B, 5000), (X1, 53));
        uint user = rig.State.Users.Find(rig.State.Flows.Flow(0).InsideAddrBe, 0);

        rig.State.SetUserVerdict(user, Verdict.Drop);
        Assert.Equal(DropReason.Policy, rig.FromInside(Frames.Udp((A, 5000), (X1, 53))).Reason);
        Assert.Equal(DropReason.Policy, rig.FromOutside(Frames.Udp((X1, 53), a)).Reason);
        Assert.Equal(DropReason.Policy, rig.FromInside(Frames.Udp((A, 5001), (X1, 53))).Reason);
        Assert.True(rig.FromInside(Frames.Udp((B, 5000), (X1, 53))).IsForwarded);

        rig.State.SetUserVerdict(user, Verdict.Forward);
        Assert.Equal(a, rig.Map((A, 5000), (X1, 53)));
    }

    [Fact]
    public void WithdrawAddress_FlowsMoveToAnotherAddress_OthersStay()
    {
        using var rig = new ShardRig(TwoAddresses);
        var external = new Dictionary<uint, (uint Address, ushort Port)>();
        for (uint host = 0; host < 20; host++)
            external[A + host] = rig.Map((A + host, 5000), (X1, 53));
        rig.State.WithdrawAddress(0);

        foreach ((uint host, (uint Address, ushort Port) before) in external)
        {
            (uint Address, ushort Port) after = rig.Map((host, 5000), (X1, 53));
            Assert.Equal(E2, after.Address);
            Assert.Equal(before.Address == E2, before == after);
        }
    }

    [Fact]
    public void WithdrawAddress_MappingWithTwoFlows_NeitherUsesTheOldAddressAgain()
    {
        using var rig = new ShardRig(TwoAddresses);
        uint host = A;
        while (rig.Map((host, 5000), (X1, 53)).Address != E1)
            host++;
        rig.Map((host, 5000), (X2, 53));
        rig.State.WithdrawAddress(0);

        (uint Address, ushort Port) first = rig.Map((host, 5000), (X1, 53));
        (uint Address, ushort Port) second = rig.Map((host, 5000), (X2, 53));

        Assert.Equal((E2, E2), (first.Address, second.Address));
        Assert.Equal(first, second);
        Assert.Equal(E2, rig.Map((host, 5001), (Y, 53)).Address);
    }

    [Fact]
    public void WithdrawAddress_BlocksOfTheOldAddress_ComeBackWhenTheirFlowsEnd_AndTheQuotaIsFreeAtOnce()
    {
        using var rig = new ShardRig(TwoAddresses with { BlocksPerUserMax = 1, PortBlockSize = 64 });
        uint host = A;
        while (rig.Map((host, 5000), (X1, 53)).Address != E1)
            host++;
        for (ushort port = 6000; port < 6040; port++)
            rig.Map((host, port), (X1, 53));
        int leased = rig.State.Blocks.LeasedCount;
        rig.State.WithdrawAddress(0);

        Assert.Equal(E2, rig.Map((host, 6000), (X1, 53)).Address);
        Assert.Equal(leased + 1, rig.State.Blocks.LeasedCount);
        rig.Wait(TimeSpan.FromMinutes(6));
        rig.Wait(TimeSpan.FromMinutes(6));

        Assert.Equal((0, 0, 0), (rig.State.Flows.Count, rig.State.Users.Count, rig.State.Blocks.LeasedCount));
    }

    [Fact]
    public void WithdrawAddress_OfAStaticForward_ServerGoesOutByAnotherAddress()
    {
        using var rig = new ShardRig(TwoAddresses with { PortForwards = [new PortForward(IpProtocol.Udp, E1, 53, B, 53)] });
        Assert.Equal((E1, (ushort)53), rig.Map((B, 53), (X1, 999)));
        rig.State.WithdrawAddress(0);

        Assert.Equal(E2, rig.Map((B, 53), (X1, 999)).Address);
        Assert.Equal(E2, rig.Map((B, 53), (X2, 999)).Address);
        Assert.Equal(DropReason.NoMapping, rig.FromOutside(Frames.Udp((Y, 53), (E1, 53))).Reason);
    }

    [Fact]
    public void WithdrawAddress_InboundPacketOnAStaleFlow_EndsIt()
    {
        using var rig = new ShardRig(TwoAddresses);
        (uint Address, ushort Port) external = rig.Map((A, 5000), (X1, 53));
        rig.State.WithdrawAddress(external.Address == E1 ? 0 : 1);

        Assert.Equal(DropReason.StaleGeneration, rig.FromOutside(Frames.Udp((X1, 53), external)).Reason);
        Assert.Equal(0, rig.State.Flows.Count);
    }

    [Fact]
    public void WithdrawAddress_TheLastOne_RefusesNewFlows()
    {
        using var rig = new ShardRig();
        rig.Map((A, 5000), (X1, 53));
        rig.State.WithdrawAddress(0);

        Assert.Equal(DropReason.PortsExhausted, rig.FromInside(Frames.Udp((A, 5000), (X1, 53))).Reason);
    }

    [Fact]
    public void Bump_FlowsOfThePathAreReevaluated_AndGoOn()
    {
        using var rig = new ShardRig();
        (uint, ushort) external = rig.Map((A, 5000), (X1, 53));
        rig.State.Paths.Bump(Paths.PathTable.AsIsWan);

        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
        Assert.Equal(external, rig.Map((A, 5000), (X1, 53)));
        Assert.Equal(1ul, rig.State.Counters.FlowsOpened);
    }
}
