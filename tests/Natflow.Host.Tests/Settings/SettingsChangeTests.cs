using Natflow.Core;
using Natflow.Flows;
using Natflow.Host.Settings;

namespace Natflow.Host.Tests.Settings;

public sealed class SettingsChangeTests
{
    private const string TwoPorts = "natflow.ports { lan = [ eth1 ], wan = [ eth0 ] }\n";

    [Fact]
    public void Between_SameMeaningOtherSpelling_IsNoChange()
    {
        SettingsChange change = SettingsChange.Between(
            Parse("natflow.nat { timeouts.udp = 5m, port-parity = on, lan-prefixes = [10.0.0.0/8] }"),
            Parse("natflow { nat.timeouts.udp = 300s, nat.port-parity = yes }\nnatflow.nat.lan-prefixes = [ \"10.0.0.0/8\" ]"));

        Assert.Empty(change.Changed);
    }

    [Fact]
    public void Between_KeysThatDiffer_AreNamed()
    {
        SettingsChange change = SettingsChange.Between(
            Parse(string.Empty),
            Parse("natflow { gateway.log.level = debug, nat.port-block-size = 256, nat.port-forwards = [ { port = 80, to = 10.0.0.1 } ] }"));

        Assert.Equal(["natflow.gateway.log.level", "natflow.nat.port-block-size", "natflow.nat.port-forwards"], change.Changed.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("interface", 1024, 32767, false)]
    [InlineData("interface", 1024, 40000, true)]
    [InlineData("interface", 61000, 65535, false)]
    [InlineData("[ 203.0.113.1 ]", 1024, 65535, true)]
    [InlineData("[ 203.0.113.2 ]", 1024, 65535, false)]
    public void Check_KernelPorts_MeetOnlyOnTheBoxsOwnAddress(string publicAddresses, int first, int last, bool isError)
    {
        NatflowSettings settings = Parse($"natflow.nat {{ public = {publicAddresses}\n ports = {first}-{last} }}");
        _ = Ipv4Prefix.TryParseAddress("203.0.113.1", out uint own);

        SettingsError? error = KernelPortCheck.Check(settings, new PortRange(32768, 60999), address => address == own);

        Assert.Equal(isError, error is not null);
        if (error is not null)
            Assert.Contains("take 1024-32767", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ForShard_InterfaceAddress_TakesTheUplinksOwn()
    {
        NatflowSettings settings = Parse("natflow { workers.shards = 2, capacity.flows = 4097, nat.port-forwards = [ { port = 80, to = 10.0.0.1 } ], nat.filtering.tcp = address-dependent }");

        NatSettings shard = NatSettingsMapping.ForShard(settings, [0xCB007101], shardIndex: 1, seed: 7);

        Assert.Empty(shard.Validate());
        Assert.Equal([0xCB007101u], shard.PublicAddresses);
        Assert.Equal((2049, 32768), (shard.FlowCapacity, shard.UserCapacity));
        Assert.Equal((2, 1, 7ul), (shard.ShardCount, shard.ShardIndex, shard.Seed));
        Assert.Equal(0xCB007101u, Assert.Single(shard.PortForwards).ExternalAddress);
        Assert.Equal((1024, 32767), (shard.PortFirst, shard.PortLast));
        Assert.Equal(TimeSpan.FromMinutes(5), shard.Timeouts.Udp);
    }

    [Fact]
    public void ForShard_EveryRule_ReachesTheShard()
    {
        NatflowSettings settings = Parse("""
            natflow {
              nat {
                public = [ 203.0.113.1 ]
                lan-prefixes = [ 10.0.0.0/24 ]
                filtering { udp = address-dependent, tcp = address-and-port-dependent }
                static = [ { inside = 10.0.0.5, outside = 203.0.113.5 } ]
                exempt = [ { to = 172.16.0.0/12, protocol = udp, ports = 53-54 }, { to = 192.0.2.1 } ]
                mappings-per-second-per-user = 200
                timeouts.udp-by-port { 53 = 20s }
              }
              icmp { generate.wan = off, rate-limit = 50 }
            }
            """);

        NatSettings shard = NatSettingsMapping.ForShard(settings, [], shardIndex: 0, seed: 0);

        Assert.Empty(shard.Validate());
        Assert.Equal(["203.0.113.1", "203.0.113.5"], shard.PublicAddresses.Select(Ipv4Prefix.ToText));
        Assert.Equal((FilteringMode.AddressDependent, FilteringMode.AddressAndPortDependent), (shard.Filtering, shard.TcpFiltering));
        Assert.Equal("10.0.0.5", Ipv4Prefix.ToText(Assert.Single(shard.StaticAddresses).InsideAddress));
        Assert.Equal([(53, 17), (54, 17), (0, 0)], shard.ExemptDestinations.Select(static exempt => ((int)exempt.Port, (int)exempt.Protocol)));
        Assert.Equal(200, shard.MappingsPerSecondMax);
        Assert.Equal([53], shard.UdpShortPorts);
        Assert.Equal(TimeSpan.FromSeconds(20), shard.Timeouts.UdpShort);
        Assert.True(shard is { IcmpErrorsInside: true, IcmpErrorsOutside: false, IcmpErrorsPerSecondMax: 50 });
    }

    private static NatflowSettings Parse(string text)
    {
        SettingsResult result = SettingsLoader.Parse(TwoPorts + text);
        Assert.Empty(result.Errors);
        return result.Settings!;
    }
}
