using Natflow.Flows.Offers;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Offers;

/// <summary>An entry names its rule in a byte: a flow under a rule beyond that stays, whatever the rule does, or another rule's meters would be its own.</summary>
public sealed class RuleNumberTests
{
    [Theory]
    [InlineData(255, OffloadReason.Offered)]
    [InlineData(256, OffloadReason.Unsupported)]
    [InlineData(257, OffloadReason.Unsupported)]
    public void Flow_UnderARule_IsOfferedWhereAnEntryCanNameIt(ushort rule, OffloadReason expected)
    {
        using var link = new OfferLink();
        using var rig = new ShardRig();
        rig.State.AttachOffload(link, new OfferLimits(true, true, true, true, true, true, true, true, true), linkStride: 512, rig.NowMs);
        (uint, ushort) inside = (A, 5000);
        (uint, ushort) external = rig.Map(inside, (X1, 53));
        rig.State.Policies.Set(isIpv6: false, 0, rule);
        Assert.True(rig.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
        rig.Settle();
        Assert.Equal(expected, rig.State.Offload!.ReasonOf(isIpv6: false, 0));
    }
}
