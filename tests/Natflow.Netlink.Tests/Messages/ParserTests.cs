using Natflow.Netlink.Messages;
using Natflow.Netlink.Model;
using Natflow.Netlink.Watch;

namespace Natflow.Netlink.Tests.Messages;

public sealed class ParserTests
{
    private static readonly NetworkModel Model = Load();

    [Fact]
    public void Links_RealDump_AreRead()
    {
        Assert.Equal(["br0", "lo", "veth0", "veth1"], Model.Links.All.Select(static link => link.Name).Order(StringComparer.Ordinal));
        Link bridge = Find("br0");
        Link port = Find("veth1");
        Assert.Equal("bridge", bridge.Kind);
        Assert.Equal("veth", port.Kind);
        Assert.Equal(bridge.Index, port.MasterIndex);
        Assert.True(port is { IsAdminUp: true, HasCarrier: true, MtuBytes: 1500, ParentIndex: 0, IsLoopback: false });
        Assert.NotEqual(0UL, port.MacAddress);
        Assert.True(Find("lo") is { IsLoopback: true, MtuBytes: 65536, MacAddress: 0, Kind: "" });
    }

    [Fact]
    public void Addresses_RealDump_HavePrefixPeerAndFlags()
    {
        int link = Find("veth0").Index;
        InterfaceAddress plain = Own("192.0.2.1");
        Assert.Equal((link, (byte)24, IpAddress.None, true), (plain.LinkIndex, plain.PrefixLengthBits, plain.Peer, plain.IsPreferred));
        InterfaceAddress pointToPoint = Own("203.0.113.1");
        Assert.Equal((Address("203.0.113.2"), (byte)32), (pointToPoint.Peer, pointToPoint.PrefixLengthBits));
        Assert.Equal(AddressFlags.Tentative | AddressFlags.Permanent, Own("2001:db8::1").Flags);
        Assert.False(Own("2001:db8::1").IsPreferred);
        Assert.Equal(254, Own("127.0.0.1").Scope);
    }

    [Theory]
    [InlineData("198.51.100.7", "198.51.100.0/24", RouteKind.Unicast, 7, "192.0.2.2")]
    [InlineData("198.51.101.7", "198.51.101.0/24", RouteKind.Unicast, 0, "192.0.2.2*2 192.0.2.3*1")]
    [InlineData("198.51.102.7", "198.51.102.0/24", RouteKind.Blackhole, 0, "")]
    [InlineData("198.51.103.7", "198.51.103.0/24", RouteKind.Unreachable, 0, "")]
    [InlineData("198.51.104.7", "198.51.104.0/24", RouteKind.Prohibit, 0, "")]
    [InlineData("198.51.105.7", "198.51.105.0/24", RouteKind.Unicast, 0, "2001:db8::2")]
    [InlineData("192.0.2.9", "192.0.2.0/24", RouteKind.Unicast, 0, "none")]
    [InlineData("192.0.2.1", "192.0.2.1/32", RouteKind.Local, 0, "none")]
    [InlineData("192.0.2.255", "192.0.2.255/32", RouteKind.Broadcast, 0, "none")]
    [InlineData("127.9.9.9", "127.0.0.0/8", RouteKind.Local, 0, "none")]
    [InlineData("10.1.2.3", "0.0.0.0/0", RouteKind.Unicast, 0, "192.0.2.2")] // 10.0.0.0/8 stands in a table that is not followed.
    [InlineData("2001:db8:1::7", "2001:db8:1::/48", RouteKind.Unicast, 7, "2001:db8::2")]
    [InlineData("2001:db8:2::7", "2001:db8:2::/48", RouteKind.Unicast, 1024, "2001:db8::2*1 2001:db8::3*1")]
    [InlineData("2001:db8:3::7", "2001:db8:3::/48", RouteKind.Blackhole, 1024, null)]
    [InlineData("::1", "::1/128", RouteKind.Local, 0, "none")]
    [InlineData("2620::1", "::/0", RouteKind.Unicast, 1024, "2001:db8::2")]
    public void Routes_RealDump_AreFound(string destination, string prefix, RouteKind kind, uint metric, string? hops)
    {
        Assert.True(Model.Routes.TryFind(Address(destination), out Route? route));

        Assert.Equal((prefix, kind, metric), (route.Destination.ToString(), route.Kind, route.Metric));
        if (hops is null) return;
        bool isMultipath = route.NextHops.Length > 1;
        Assert.Equal(hops, string.Join(' ', route.NextHops.Select(hop => isMultipath ? $"{hop.Gateway}*{hop.Weight}" : $"{hop.Gateway}")));
    }

    [Fact]
    public void Routes_RealDump_HaveMtuAndSource()
    {
        Assert.True(Model.Routes.TryFind(Address("198.51.100.7"), out Route? route));
        Assert.Equal((1400, Address("192.0.2.1")), (route.Target.MtuBytes, route.Target.PreferredSource));
    }

    [Fact]
    public void Neighbours_RealDump_AreFound()
    {
        int link = Find("veth0").Index;
        Assert.True(Model.Neighbours.TryFind(link, Address("192.0.2.2"), out ulong mac));
        Assert.Equal(0x02_00_00_00_00_02UL, mac);
        Assert.True(Model.Neighbours.TryGet(link, Address("2001:db8::2"), out Neighbour neighbour));
        Assert.Equal(NeighbourState.Permanent, neighbour.State);
        Assert.False(Model.Neighbours.TryFind(link + 1, Address("192.0.2.2"), out _));
    }

    [Theory]
    [InlineData("192.0.2.1", true)]
    [InlineData("127.5.5.5", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("192.0.2.2", false)]
    [InlineData("203.0.113.2", false)]
    public void IsLocal_RealDump_KnowsTheBox(string address, bool expected) => Assert.Equal(expected, Model.IsLocal(Address(address)));

    [Fact]
    public void Links_MessageOfABridgePort_IsIgnored()
    {
        byte[] message = RealMessages.All.First(static bytes => bytes[4] == MessageType.NewLink);
        byte[] payload = message[NetlinkHeader.SizeBytes..];
        payload[0] = AddressFamilyNumber.Bridge;

        Assert.Equal(ParseStatus.Ignored, LinkParser.Parse(payload, out _));
    }

    internal static IpAddress Address(string text) => IpAddress.TryParse(text, out IpAddress address) ? address : throw new FormatException(text);

    private static NetworkModel Load()
    {
        var builder = new ModelBuilder();
        foreach (byte[] message in RealMessages.All)
        {
            var reader = new MessageReader(message);
            while (reader.TryNext(out NetlinkHeader header, out ReadOnlySpan<byte> payload))
                builder.Apply(header, payload);
        }

        Assert.Equal(0, builder.MalformedCount);
        return builder.Publish()!.Value.Model;
    }

    private static Link Find(string name) => Model.Links.TryFind(name, out Link? link) ? link : throw new InvalidOperationException(name);

    private static InterfaceAddress Own(string text) => Model.Addresses.All.Single(address => address.Address == Address(text));
}
