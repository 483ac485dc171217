using System.Collections.Immutable;
using Natflow.Netlink.Model;
using Natflow.Netlink.Watch;
using static Natflow.Netlink.Tests.Messages.ParserTests;

namespace Natflow.Netlink.Tests.Watch;

public sealed class RouteChainTests
{
    private static readonly IpPrefix Ipv4 = new(Address("198.51.100.0"), 24);
    private static readonly IpPrefix Ipv6 = new(Address("2001:db8::"), 32);

    [Fact]
    public void Add_SeveralMetrics_LowestWinsAndLocalTableBeforeAll()
    {
        Route chain = RouteChain.Add(Ipv4, null, Via(5, 1), AddManner.Insert);
        chain = RouteChain.Add(Ipv4, chain, Via(3, 2), AddManner.Insert);
        chain = RouteChain.Add(Ipv4, chain, Via(9, 3, isLocal: true), AddManner.Insert);

        Assert.Equal([9U, 3U, 5U], Metrics(chain));
        Assert.Equal([9U, 5U], Metrics(RouteChain.Remove(Ipv4, chain, Via(3, 2))));
    }

    [Fact]
    public void Add_SameMetric_FollowsTheManner()
    {
        Route chain = RouteChain.Add(Ipv4, null, Via(1, 1), AddManner.Insert);
        chain = RouteChain.Add(Ipv4, chain, Via(1, 2), AddManner.Append);
        chain = RouteChain.Add(Ipv4, chain, Via(1, 3), AddManner.Insert);
        Assert.Equal([3, 1, 2], Links(chain));

        chain = RouteChain.Add(Ipv4, chain, Via(1, 4), AddManner.Replace);
        Assert.Equal([4, 1, 2], Links(chain));
    }

    [Fact]
    public void Add_NotificationsOlderThanTheDump_ConvergeOnTheDump()
    {
        Route? chain = RouteChain.Add(Ipv4, null, Via(1, 2), AddManner.Append); // The dump: 1 was replaced by 2 before.
        chain = RouteChain.Add(Ipv4, chain, Via(1, 1), AddManner.Insert);
        chain = RouteChain.Add(Ipv4, chain, Via(1, 2), AddManner.Replace);
        Assert.Equal([2], Links(chain));

        chain = RouteChain.Remove(Ipv4, chain, Via(1, 1)); // A deletion whose effect the dump holds.
        Assert.Equal([2], Links(chain));
    }

    [Fact]
    public void AddIpv6_SiblingJoins_IsOneRouteWithBoth()
    {
        Route? chain = RouteChain.Add(Ipv6, null, Via(1, 1), AddManner.Insert);
        chain = RouteChain.Add(Ipv6, chain, Via(1, 1, 2), AddManner.Append);
        Assert.Equal([1, 2], Links(chain));
        Assert.Null(chain!.Alternate);

        chain = RouteChain.Remove(Ipv6, chain, Via(1, 1));
        Assert.Equal([2], Links(chain));
        Assert.Null(RouteChain.Remove(Ipv6, chain, Via(1, 2)));
    }

    [Fact]
    public void AddIpv6_SameMetricOtherLink_StandSideBySide()
    {
        Route chain = RouteChain.Add(Ipv6, null, Device(256, 1), AddManner.Insert);
        chain = RouteChain.Add(Ipv6, chain, Device(256, 2), AddManner.Insert);
        Assert.Equal([1, 2], Links(chain));
        Assert.Equal([2], Links(RouteChain.Remove(Ipv6, chain, Device(256, 1))));
    }

    private static RouteTarget Via(uint metric, int link, bool isLocal = false) => Target(metric, isLocal, Hop(link));

    private static RouteTarget Via(uint metric, int link, int otherLink) => Target(metric, false, Hop(link), Hop(otherLink));

    private static RouteTarget Device(uint metric, int link) => Target(metric, false, new NextHop(link, IpAddress.None, 1));

    private static NextHop Hop(int link) => new(link, IpAddress.FromIpv6((UInt128)(uint)link), 1);

    private static RouteTarget Target(uint metric, bool isLocal, params ImmutableArray<NextHop> hops) =>
        new(RouteKind.Unicast, isLocal, metric, protocol: 4, scope: 0, IpAddress.None, mtuBytes: 0, hops);

    private static IEnumerable<uint> Metrics(Route? chain) => Walk(chain).Select(static route => route.Metric);

    private static IEnumerable<int> Links(Route? chain) => Walk(chain).SelectMany(static route => route.NextHops).Select(static hop => hop.LinkIndex);

    private static IEnumerable<Route> Walk(Route? chain)
    {
        for (; chain is not null; chain = chain.Alternate)
            yield return chain;
    }
}
