using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Natflow.Memory;
using Natflow.Netlink.Model;
using Natflow.Netlink.Watch;
using Natflow.Testing.Namespaces;
using static Natflow.Netlink.Tests.Messages.ParserTests;

namespace Natflow.Netlink.Tests.Watch;

public sealed class NetworkWatcherTests
{
    [NamespaceFact]
    public void Start_FirstModel_AgreesWithIp()
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run("ip addr add 192.0.2.1/24 dev up0");
        network.Gateway.Run("ip -6 addr add 2001:db8::1/64 dev up0 nodad");
        network.Gateway.Run("ip route add 198.51.100.0/24 via 192.0.2.2 metric 5");
        network.Gateway.Run("ip -6 route add 2001:db8:5::/48 nexthop via 2001:db8::2 nexthop via 2001:db8::3");
        network.Gateway.Run("ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev up0");
        network.Wait(static model => model.Neighbours.Count > 0 && model.Routes.TryFind(Address("2001:db8:5::1"), out Route? route) && route.NextHops.Length == 2);

        NetworkModel first = null!;
        NetworkChange everything = null!;
        var settings = new NetworkWatcherSettings { NamespaceName = network.Gateway.Name };
        using (NetworkWatcher.Start(settings, (model, change) => (first, everything) = (first ?? model, everything ?? change)))
            AgreesWithIp(network.Gateway, first);

        Assert.True(everything.IsFirst);
        Assert.Equal(first.Links.Count, everything.Links.Count);
        Assert.Equal(first.Routes.Count, everything.Routes.Count);
        AgreesWithIp(network); // The same by following as by reading anew.
    }

    [NamespaceFact]
    public void Watch_LinkFlaps_TellsLossAndReturn()
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run("ip addr add 192.0.2.1/24 dev up0");
        network.Gateway.Run("ip route add 198.51.100.0/24 via 192.0.2.2");
        int link = network.LinkIndex("up0");
        network.Wait(static model => model.Routes.TryFind(Address("198.51.100.1"), out _));
        network.Forget();

        network.Gateway.Run("ip link set up0 down");
        network.Wait(model => model.Links.TryFind(link, out Link? found) && !found.IsUsable && !model.Routes.TryFind(Address("198.51.100.1"), out _));
        Assert.Contains(network.Changes.SelectMany(static change => change.Links), change => change.Index == link && change.IsLoss);
        Assert.Contains(network.Changes.SelectMany(static change => change.Routes), static change => $"{change.Destination}" == "198.51.100.0/24" && change.New is null);
        AgreesWithIp(network);

        network.Gateway.Run("ip link set up0 up");
        network.Wait(model => model.Links.TryFind(link, out Link? found) && found.IsUsable && model.Routes.TryFind(Address("192.0.2.9"), out _));

        network.Peer.Run("ip link set peer0 down");
        network.Wait(model => model.Links.TryFind(link, out Link? found) && found is { HasCarrier: false, IsAdminUp: true });
    }

    [NamespaceFact]
    public void Watch_LinkDeletedAndMade_AgreesWithIp()
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run("ip addr add 192.0.2.1/24 dev up0");
        network.Gateway.Run("ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev up0");
        int link = network.LinkIndex("up0");
        network.Wait(model => model.Neighbours.TryFind(link, Address("192.0.2.7"), out _));

        network.Gateway.Run("ip link del up0");
        NetworkModel gone = network.Wait(model => !model.Links.TryFind(link, out _) && !model.Routes.TryFind(Address("192.0.2.7"), out _));
        Assert.False(gone.Neighbours.TryFind(link, Address("192.0.2.7"), out _));
        Assert.Contains(network.Changes.SelectMany(static change => change.Neighbours), static change => change.IsLost && change.OldMacAddress == 0x020000000007);
        Assert.Contains(network.Changes.SelectMany(static change => change.Addresses), static change => change.IsRemoved && change.Subject.Address == Address("192.0.2.1"));
        AgreesWithIp(network);

        network.Gateway.Run("ip link add br7 type bridge");
        network.Wait(static model => model.Links.TryFind("br7", out Link? bridge) && bridge.Kind == "bridge");
    }

    [NamespaceFact]
    public void Watch_BridgePortLeaves_LinkLivesOn()
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run("ip link add br7 type bridge");
        network.Gateway.Run("ip link set up0 master br7");
        network.Wait(static model => model.Links.TryFind("up0", out Link? port) && port.MasterIndex != 0);

        network.Gateway.Run("ip link set up0 nomaster");
        network.Wait(static model => model.Links.TryFind("up0", out Link? port) && port.MasterIndex == 0);
        Assert.DoesNotContain(network.Changes.SelectMany(static change => change.Links), static change => change.New is null);
    }

    [NamespaceTheory]
    [InlineData("192.0.2.1/24", "192.0.2.1")]
    [InlineData("2001:db8::1/64", "2001:db8::1")]
    public void Watch_AddressAddedAndRemoved_IsTold(string address, string text)
    {
        using var network = new WatchedNetwork();

        network.Gateway.Run($"ip addr add {address} dev up0 nodad");
        network.Wait(model => model.IsLocal(Address(text)));
        Assert.Contains(network.Changes.SelectMany(static change => change.Addresses), change => change.IsAdded && change.Subject.Address == Address(text));

        network.Gateway.Run($"ip addr del {address} dev up0");
        network.Wait(model => !model.IsLocal(Address(text)));
        Assert.Contains(network.Changes.SelectMany(static change => change.Addresses), change => change.IsRemoved && change.Subject.Address == Address(text));
        AgreesWithIp(network);
    }

    [NamespaceTheory]
    [InlineData("192.0.2.1/24", "198.51.100.0/24", "192.0.2.2", "192.0.2.3", "198.51.100.1")]
    [InlineData("2001:db8::1/64", "2001:db8:9::/48", "2001:db8::2", "2001:db8::3", "2001:db8:9::1")]
    public void Watch_RouteMovesAndSplits_IsTold(string own, string prefix, string first, string second, string destination)
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run($"ip addr add {own} dev up0 nodad");
        bool Goes(NetworkModel model, params string[] gateways) =>
            model.Routes.TryFind(Address(destination), out Route? route) && $"{route.Destination}" == prefix
            && route.NextHops.Select(static hop => $"{hop.Gateway}").ToHashSet(StringComparer.Ordinal).SetEquals(gateways);

        network.Gateway.Run($"ip route add {prefix} via {first} metric 20");
        network.Wait(model => Goes(model, first));
        network.Gateway.Run($"ip route replace {prefix} via {second} metric 20");
        network.Wait(model => Goes(model, second));
        RouteChange move = network.Changes.SelectMany(static change => change.Routes).Last(change => $"{change.Destination}" == prefix);
        Assert.Equal((first, second), ($"{move.Old!.NextHops[0].Gateway}", $"{move.New!.NextHops[0].Gateway}"));

        network.Gateway.Run($"ip route add {prefix} via {first} metric 10");
        network.Wait(model => Goes(model, first));
        network.Gateway.Run($"ip route del {prefix} via {first} metric 10");
        network.Wait(model => Goes(model, second));
        network.Gateway.Run($"ip route replace {prefix} metric 20 nexthop via {first} nexthop via {second}");
        network.Wait(model => Goes(model, first, second));
        AgreesWithIp(network);
        network.Gateway.Run($"ip route del {prefix} metric 20");
        network.Wait(model => !Goes(model, first, second));
        network.Gateway.Run($"ip route add prohibit {prefix}");
        network.Wait(model => model.Routes.TryFind(Address(destination), out Route? route) && route.Kind == RouteKind.Prohibit);
        AgreesWithIp(network);
    }

    [NamespaceFact]
    public void Watch_Ipv6SiblingsComeAndGo_AgreesWithIp()
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run("ip addr add 2001:db8::1/64 dev up0 nodad");
        int Hops(NetworkModel model) => model.Routes.TryFind(Address("2001:db8:9::1"), out Route? route) ? route.NextHops.Length : 0;

        network.Gateway.Run("ip -6 route add 2001:db8:9::/48 via 2001:db8::2");
        network.Gateway.Run("ip -6 route append 2001:db8:9::/48 via 2001:db8::3");
        network.Gateway.Run("ip -6 route append 2001:db8:9::/48 via 2001:db8::4");
        network.Wait(model => Hops(model) == 3);
        AgreesWithIp(network);
        network.Gateway.Run("ip -6 route del 2001:db8:9::/48 via 2001:db8::3");
        network.Wait(model => Hops(model) == 2);
        AgreesWithIp(network);
    }

    [NamespaceTheory]
    [InlineData("192.0.2.1/24", "192.0.2.7")]
    [InlineData("2001:db8::1/64", "2001:db8::7")]
    public void Watch_NeighbourLearnedChangedLost_TellsOldAndNew(string own, string neighbour)
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run($"ip addr add {own} dev up0 nodad");
        int link = network.LinkIndex("up0");
        bool IsAt(NetworkModel model, ulong expected) => model.Neighbours.TryFind(link, Address(neighbour), out ulong mac) && mac == expected;

        network.Gateway.Run($"ip neigh add {neighbour} lladdr 02:00:00:00:00:07 dev up0");
        network.Wait(model => IsAt(model, 0x020000000007));
        network.Gateway.Run($"ip neigh replace {neighbour} lladdr 02:00:00:00:00:08 dev up0");
        network.Wait(model => IsAt(model, 0x020000000008));
        network.Gateway.Run($"ip neigh del {neighbour} dev up0");
        network.Wait(model => !model.Neighbours.TryFind(link, Address(neighbour), out _));

        (ulong, ulong)[] steps = [.. network.Changes.SelectMany(static change => change.Neighbours)
            .Where(change => change.Address == Address(neighbour) && change.OldMacAddress != change.NewMacAddress)
            .Select(static change => (change.OldMacAddress, change.NewMacAddress))];
        Assert.Equal([(0UL, 0x020000000007UL), (0x020000000007UL, 0x020000000008UL), (0x020000000008UL, 0UL)], steps);
    }

    [NamespaceFact]
    public void Watch_NeighbourGoesStale_IsToldOnceWithTheSameAddress()
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run("ip addr add 192.0.2.1/24 dev up0");
        network.Gateway.Run("ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 nud reachable dev up0");
        int link = network.LinkIndex("up0");
        network.Wait(model => model.Neighbours.TryGet(link, Address("192.0.2.7"), out Neighbour known) && known.State == NeighbourState.Reachable);
        network.Forget();

        network.Gateway.Run("ip neigh change 192.0.2.7 lladdr 02:00:00:00:00:07 nud stale dev up0");
        network.Wait(model => model.Neighbours.TryGet(link, Address("192.0.2.7"), out Neighbour known) && known.State == NeighbourState.Stale);

        NeighbourChange told = Assert.Single(network.Changes.SelectMany(static change => change.Neighbours), static change => change.Address == Address("192.0.2.7"));
        Assert.Equal((0x020000000007UL, 0x020000000007UL, true, false), (told.OldMacAddress, told.NewMacAddress, told.HasGoneStale, told.HasFailed));
    }

    [NamespaceFact]
    public void Watch_ManyRoutesThroughASmallBuffer_ConvergesByResync()
    {
        using var network = new WatchedNetwork(new NetworkWatcherSettings { ReceiveBufferBytes = 4096 });
        network.Gateway.Run("ip addr add 192.0.2.1/24 dev up0");
        network.Gateway.RunWithInput("ip -batch -", Batch("add", 20_000));
        network.Wait(static model => model.Routes.TryFind(LastOf(20_000), out Route? route) && route.Destination.LengthBits == 32);
        Assert.Equal(20_000, network.Wait(static model => ManyRoutes(model) == 20_000).Routes.All.Count(static route => route.Destination.LengthBits == 32 && route.NextHops[0].Gateway == Address("192.0.2.2")));
        Assert.True(network.Watcher.Counters.Overruns > 0, "the buffer was too small");
        Assert.Contains(network.Changes, static change => change.IsResync);

        network.Gateway.RunWithInput("ip -batch -", Batch("del", 20_000));
        network.Wait(static model => ManyRoutes(model) == 0);
        AgreesWithIp(network);
    }

    [NamespaceFact]
    public void Watch_FlapOfManyRoutes_IsTakenInFewModels()
    {
        using var network = new WatchedNetwork();
        network.Gateway.Run("ip addr add 192.0.2.1/24 dev up0");
        network.Gateway.RunWithInput("ip -batch -", Batch("add", 30_000));
        network.Wait(static model => ManyRoutes(model) == 30_000);
        NetworkWatcherCounters before = network.Watcher.Counters;
        network.Forget();

        network.Gateway.Run("ip addr flush dev up0"); // All routes lose their way at once, without a notification for each.
        network.Wait(static model => ManyRoutes(model) == 0);

        Assert.Equal(30_000, network.Changes.SelectMany(static change => change.Routes).Count(static change => change.Destination.LengthBits == 32 && change.Old is { NextHops: [var hop, ..] } && hop.Gateway == Address("192.0.2.2")));
        Assert.InRange(network.Watcher.Counters.Publications - before.Publications, 1, 100);
        Assert.Equal(0, network.Watcher.Counters.Malformed);
    }

    [NamespaceFact]
    public void Dispose_WhileNothingHappens_EndsTheThread()
    {
        using var network = new WatchedNetwork();
        network.Watcher.Dispose();

        Assert.True(network.Watcher.Completion.IsCompletedSuccessfully);
    }

    [NamespaceFact]
    public async Task Completion_CallbackThrows_CarriesTheException()
    {
        using var space = new TestNamespace();
        using NetworkWatcher watcher = NetworkWatcher.Start(
            new NetworkWatcherSettings { NamespaceName = space.Name },
            static (_, change) =>
            {
                if (!change.IsFirst) throw new InvalidOperationException("from the callback");
            });

        space.Run("ip addr add 192.0.2.1/24 dev lo");

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => watcher.Completion.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal("from the callback", exception.Message);
    }

    [Fact]
    public void Start_NoSuchNamespace_SaysSo() => Assert.Throws<NativeException>(
        static () => NetworkWatcher.Start(new NetworkWatcherSettings { NamespaceName = "nf-none" }, static (_, _) => { }));

    private static int ManyRoutes(NetworkModel model) => model.Routes.All.Count(static route => route.Destination.Network.Ipv4 >> 24 == 10);

    private static IpAddress LastOf(int count) => IpAddress.FromIpv4(0x0A00_0000 + (uint)count - 1);

    private static string Batch(string verb, int count)
    {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
            text.Append("route ").Append(verb).Append(' ').Append(IpAddress.FromIpv4(0x0A00_0000 + (uint)i)).Append("/32 via 192.0.2.2\n");
        return text.ToString();
    }

    // What ip shows is final when it is asked; the watcher may be a burst behind.
    // Link-local addresses come by themselves some time after their link: ip is asked anew for each model.
    private static void AgreesWithIp(WatchedNetwork network)
    {
        try
        {
            network.Wait(model => ModelRoutes(model).SequenceEqual(AllIpRoutes(network.Gateway)) && model.Addresses.Count == IpAddresses(network.Gateway).Length);
        }
        catch (TimeoutException)
        {
            AgreesWithIp(network.Gateway, network.Watcher.Current); // Says what differs.
        }
    }

    private static IEnumerable<string> AllIpRoutes(TestNamespace space) => IpRoutes(space, "-4").Concat(IpRoutes(space, "-6")).Order(StringComparer.Ordinal);

    private static void AgreesWithIp(TestNamespace space, NetworkModel model)
    {
        Assert.Equal(AllIpRoutes(space), ModelRoutes(model));
        Assert.Equal(IpAddresses(space), model.Addresses.All.Select(static address => $"{address.LinkIndex} {address.Address}/{address.PrefixLengthBits}").Order(StringComparer.Ordinal));
        Assert.Equal(IpLinks(space), model.Links.All.Select(static link => $"{link.Index} {link.Name} {link.MtuBytes} {link.IsAdminUp}").Order(StringComparer.Ordinal));
    }

    private static string[] IpLinks(TestNamespace space) =>
        [.. Json(space, "ip -j link").Select(static link =>
            $"{link.GetProperty("ifindex")} {link.GetProperty("ifname")} {link.GetProperty("mtu")} {link.GetProperty("flags").EnumerateArray().Any(static flag => flag.GetString() == "UP")}")
            .Order(StringComparer.Ordinal)];

    private static string[] IpAddresses(TestNamespace space) =>
        [.. Json(space, "ip -j addr").SelectMany(static link => link.GetProperty("addr_info").EnumerateArray()
            .Select(address => $"{link.GetProperty("ifindex")} {address.GetProperty("local")}/{address.GetProperty("prefixlen")}"))
            .Order(StringComparer.Ordinal)];

    private static IEnumerable<string> IpRoutes(TestNamespace space, string family)
    {
        foreach (string table in new[] { "main", "local" })
        {
            foreach (JsonElement route in Json(space, $"ip {family} -d -j route show table {table}"))
            {
                string kind = route.GetProperty("type").GetString()!;
                if (kind == "multicast") continue;
                string destination = route.GetProperty("dst").GetString()!;
                if (destination == "default") destination = family == "-4" ? "0.0.0.0/0" : "::/0";
                if (!destination.Contains('/', StringComparison.Ordinal)) destination += family == "-4" ? "/32" : "/128";
                IEnumerable<string> gateways = route.TryGetProperty("nexthops", out JsonElement hops)
                    ? hops.EnumerateArray().Select(Gateway)
                    : [Gateway(route)];
                yield return $"{table} {destination} {kind} {string.Join(',', gateways.Where(static gateway => gateway.Length > 0).Order(StringComparer.Ordinal))}";
            }
        }
    }

    private static IEnumerable<string> ModelRoutes(NetworkModel model)
    {
        IEnumerable<Route> Chain(Route? route)
        {
            for (; route is not null; route = route.Alternate)
                yield return route;
        }

        return model.Routes.All.SelectMany(Chain).Select(static route =>
            $"{(route.Target.IsLocalTable ? "local" : "main")} {route.Destination} {route.Kind.ToString().ToLowerInvariant()} "
            + string.Join(',', route.NextHops.Where(static hop => !hop.Gateway.IsNone).Select(static hop => $"{hop.Gateway}").Order(StringComparer.Ordinal)))
            .Order(StringComparer.Ordinal);
    }

    private static string Gateway(JsonElement hop) => hop.TryGetProperty("gateway", out JsonElement gateway) ? gateway.GetString()! : "";

    private static ImmutableArray<JsonElement> Json(TestNamespace space, string command)
    {
        string text = space.Run(command);
        return string.IsNullOrWhiteSpace(text) ? [] : [.. JsonDocument.Parse(text).RootElement.EnumerateArray()];
    }
}
