using Natflow.Testing.Namespaces;

namespace Natflow.Netlink.Tests;

public sealed class VethPeerTests
{
    [NamespaceTheory]
    [InlineData("on", VethPeerState.Polls)]
    [InlineData("off", VethPeerState.DoesNotPoll)]
    public void Look_PeerInAnotherNamespace_SaysWhetherItPolls(string gro, VethPeerState state)
    {
        using var gateway = new TestNamespace("gw");
        using var other = new TestNamespace("other");
        using var peer = new TestNamespace("peer");
        gateway.AddVeth(peer, "up0", "peer0");
        other.AddVeth(other, "up0", "peer0"); // As it might lie in the wrong one of two.
        peer.Run($"ethtool -K peer0 gro {gro}");

        Assert.Equal(new VethPeer(state, "peer0", peer.Name), gateway.Invoke(static () => VethPeer.Look("up0")));
    }

    [NamespaceFact]
    public void Look_PeerInTheSameNamespace_IsFound()
    {
        using var space = new TestNamespace();
        space.AddVeth(space, "up0", "peer0");
        space.Run("ethtool -K peer0 gro on");
        space.Run("ethtool -K up0 gro off");

        Assert.Equal(new VethPeer(VethPeerState.Polls, "peer0"), space.Invoke(static () => VethPeer.Look("up0")));
        Assert.Equal(new VethPeer(VethPeerState.DoesNotPoll, "up0"), space.Invoke(static () => VethPeer.Look("peer0")));
    }

    [NamespaceTheory]
    [InlineData("lo")]
    [InlineData("none0")]
    [InlineData("a-name-that-is-too-long-for-an-interface")]
    public void Look_NoVeth_IsNotVeth(string name)
    {
        using var space = new TestNamespace();

        Assert.Equal(VethPeerState.NotVeth, space.Invoke(() => VethPeer.Look(name)).State);
    }
}
