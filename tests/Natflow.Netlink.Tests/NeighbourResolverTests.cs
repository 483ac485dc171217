using Natflow.Memory;
using Natflow.Netlink.Model;
using Natflow.Netlink.Tests.Watch;
using Natflow.Testing;
using Natflow.Testing.Namespaces;
using static Natflow.Netlink.Tests.Messages.ParserTests;

namespace Natflow.Netlink.Tests;

public sealed class NeighbourResolverTests
{
    [NamespaceFact]
    public void Ask_SameNeighbourTwice_AsksOnceAnInterval()
    {
        using var space = new TestNamespace();
        var time = new TestTime();
        using var resolver = new NeighbourResolver(space.Name, time: time);

        Assert.Equal(AskResult.Asked, resolver.Ask(1, Address("192.0.2.2")));
        Assert.Equal(AskResult.AskedLately, resolver.Ask(1, Address("192.0.2.2")));
        Assert.Equal(AskResult.Asked, resolver.Ask(1, Address("192.0.2.2"), isLost: true)); // The link went and came back: the answer to the first is gone.
        Assert.Equal(AskResult.Asked, resolver.Ask(2, Address("192.0.2.2")));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(AskResult.Asked, resolver.Ask(1, Address("192.0.2.2")));
    }

    [NamespaceFact]
    public void Ask_Scan_IsLimitedInTotal()
    {
        using var space = new TestNamespace();
        var time = new TestTime();
        using var resolver = new NeighbourResolver(space.Name, perSecondMax: 100, time: time);
        int Asked() => Enumerable.Range(0, 1000).Count(host => resolver.Ask(1, IpAddress.FromIpv4(0xC0000200 + (uint)host)) == AskResult.Asked);

        Assert.Equal(11, Asked()); // A tenth of a second's worth at once, and the one that is due.
        time.Advance(TimeSpan.FromSeconds(0.05));
        Assert.Equal(5, Asked());
    }

    [NamespaceFact]
    public void Ask_AfterDispose_IsBusy()
    {
        using var space = new TestNamespace();
        var resolver = new NeighbourResolver(space.Name);
        resolver.Dispose();
        resolver.Dispose();

        Assert.Equal(AskResult.Busy, resolver.Ask(1, Address("192.0.2.2")));
    }

    [NamespaceTheory]
    [InlineData("192.0.2.1/24", "192.0.2.2/24", "192.0.2.2")]
    [InlineData("2001:db8::1/64", "2001:db8::2/64", "2001:db8::2")]
    public void Ask_LivingNeighbour_IsResolved(string here, string there, string neighbour)
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run($"ip addr add {here} dev up0 nodad");
        network.Peer.Run($"ip addr add {there} dev peer0 nodad");
        int link = network.LinkIndex("up0");
        using var resolver = new NeighbourResolver(network.Gateway.Name);

        Assert.Equal(AskResult.Asked, resolver.Ask(link, Address(neighbour)));

        network.Wait(model => model.Neighbours.TryFind(link, Address(neighbour), out ulong mac) && mac == network.PeerMac());
        Assert.Equal(0, resolver.RefusedCount);
    }

    [NamespaceTheory]
    [InlineData("192.0.2.1/24", "192.0.2.9")]
    [InlineData("2001:db8::1/64", "2001:db8::9")]
    public void Ask_NobodyThere_FailsAndIsTold(string here, string neighbour)
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run($"ip addr add {here} dev up0 nodad");
        foreach (string family in new[] { "ipv4", "ipv6" })
            network.Gateway.Run($"sysctl -w net.{family}.neigh.up0.retrans_time_ms=20");
        int link = network.LinkIndex("up0");
        using var resolver = new NeighbourResolver(network.Gateway.Name);

        Assert.Equal(AskResult.Asked, resolver.Ask(link, Address(neighbour)));

        network.Wait(_ => network.Changes.SelectMany(static change => change.Neighbours)
            .Any(change => change.Address == Address(neighbour) && change.HasFailed && change.NewMacAddress == 0));
        Assert.False(network.Watcher.Current.Neighbours.TryFind(link, Address(neighbour), out _));
    }

    [NamespaceFact]
    public void Ask_NoSuchLink_IsCountedWithItsErrno()
    {
        using var space = new TestNamespace();
        using (var resolver = new NeighbourResolver(space.Name))
        {
            resolver.Ask(4711, Address("192.0.2.2"));
            Assert.True(SpinWait.SpinUntil(() => resolver.RefusedCount == 1, TimeSpan.FromSeconds(20)));
            Assert.Equal(Errno.NoDevice, resolver.LastErrno);
        }
    }
}
