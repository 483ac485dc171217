using System.Collections;
using System.Reflection;
using Natflow.Flows;
using Natflow.Host.Settings;

namespace Natflow.Host.Tests.Settings;

/// <summary>A key that changes nothing is a lie to the operator: each of the translation reaches a shard.</summary>
public sealed class EffectTests
{
    private const string Base = """
        natflow {
          ports { lan = [ eth1 ], wan = [ eth0 ] }
          nat { public = [ 203.0.113.1 ], lan-prefixes = [ 10.0.0.0/24 ] }
          workers.shards = 2

        """;

    // Sections whose keys are read by the ports, workers, log and services, not by a shard.
    private static readonly string[] OtherSections =
    [
        "natflow.gateway.", "natflow.ports.", "natflow.workers.", "natflow.pcp.", "natflow.offload.", "natflow.inspect.", "natflow.url-log.", "natflow.management.",
        "natflow.journal.", "natflow.portal.", "natflow.cluster.", "natflow.acl.", "natflow.auth.", "natflow.qos.", "natflow.sets", "natflow.zones", "natflow.nat.log", "natflow.nat.deterministic-blocks", "natflow.users.join-by-mac",
    ];

    public static TheoryData<string, string> Changes => new()
    {
        { "natflow.nat.public", "[ 203.0.113.2 ]" },
        { "natflow.nat.lan-prefixes", "[ 10.0.0.0/25 ]" },
        { "natflow.nat.ports", "2048-32767" },
        { "natflow.nat.port-block-size", "256" },
        { "natflow.nat.blocks-per-user", "3" },
        { "natflow.nat.flows-per-user", "77" },
        { "natflow.nat.mappings-per-second-per-user", "5" },
        { "natflow.nat.port-block-hold", "7s" },
        { "natflow.nat.user-idle", "7s" },
        { "natflow.nat.mapping", "address-and-port-dependent" },
        { "natflow.nat.filtering.udp", "address-dependent" },
        { "natflow.nat.filtering.tcp", "address-dependent" },
        { "natflow.nat.port-parity", "off" },
        { "natflow.nat.tcp-pick-up", "off" },
        { "natflow.nat.refuse-unsolicited-syn", "off" },
        { "natflow.nat.udp-inbound-refresh", "on" },
        { "natflow.nat.exempt", "[ { to = 192.0.2.1 } ]" },
        { "natflow.nat.static", "[ { inside = 10.0.0.5, outside = 203.0.113.5 } ]" },
        { "natflow.nat.port-forwards", "[ { port = 80, to = 10.0.0.5 } ]" },
        { "natflow.nat.timeouts.tcp-established", "33m" },
        { "natflow.nat.timeouts.tcp-opening", "33s" },
        { "natflow.nat.timeouts.tcp-closing", "33s" },
        { "natflow.nat.timeouts.tcp-transitory", "33s" },
        { "natflow.nat.timeouts.tcp-incoming-syn", "33s" },
        { "natflow.nat.timeouts.udp", "33s" },
        { "natflow.nat.timeouts.udp-one-way", "33s" },
        { "natflow.nat.timeouts.udp-by-port", "{ 53 = 33s }" },
        { "natflow.nat.timeouts.icmp", "33s" },
        { "natflow.nat.timeouts.fragment", "33s" },
        { "natflow.ipv6.filter", "off" },
        { "natflow.ipv6.nptv6", "[ { inside = \"fd00:1::/48\", outside = \"2001:db8:1::/48\" } ]" },
        { "natflow.ipv6.nat66.enabled", "on, natflow.ipv6.nat66.outside = [ \"2001:db8::1\" ]" },
        { "natflow.ipv6.nat66.outside", "[ \"2001:db8::1\" ], natflow.ipv6.nat66.enabled = on" },
        { "natflow.ipv6.nat64.enabled", "on" },
        { "natflow.ipv6.nat64.prefix", "\"2001:db8:64::/96\", natflow.ipv6.nat64.enabled = on" },
        { "natflow.users.rate-up", "10M" },
        { "natflow.users.rate-down", "2.5M" },
        { "natflow.users.burst", "1s" },
        { "natflow.helpers.ftp", "off" },
        { "natflow.helpers.sip", "on" },
        { "natflow.helpers.tftp", "on" },
        { "natflow.icmp.generate.lan", "off" },
        { "natflow.icmp.generate.wan", "off" },
        { "natflow.icmp.rate-limit", "7" },
        { "natflow.icmp.rate-limit-per-user", "7" },
        { "natflow.icmp.answer-ping", "off" },
        { "natflow.capacity.flows", "4096" },
        { "natflow.capacity.users", "64" },
        { "natflow.capacity.fragments", "64" },
    };

    [Theory, MemberData(nameof(Changes))]
    public void ForShard_KeyChanged_ChangesTheShard(string key, string value)
    {
        NatSettings changed = Shard($"{key["natflow.".Length..]} = {value.Replace("natflow.", string.Empty, StringComparison.Ordinal)}");

        Assert.Empty(changed.Validate());
        Assert.NotEqual(Text(Shard(string.Empty)), Text(changed));
    }

    [Fact]
    public void ForShard_Nat64Prefix_IsTheOneGiven()
    {
        NatSettings shard = Shard("ipv6.nat64 { enabled = on, prefix = \"2001:db8:64::/96\" }");

        Assert.Equal("2001:db8:64::/96", shard.Ipv6.Nat64Prefix.ToString());
    }

    [Fact]
    public void Changes_EveryKeyOfTheTranslation_IsAmongThem()
    {
        IEnumerable<string> keys = Load(string.Empty).Values.Keys.Where(static key => !OtherSections.Any(section => key.StartsWith(section, StringComparison.Ordinal)));

        Assert.Equal(keys.Order(StringComparer.Ordinal), Changes.Select(static row => (string)row[0]).Order(StringComparer.Ordinal));
    }

    private static NatSettings Shard(string change) => NatSettingsMapping.ForShard(Load(change), [], shardIndex: 0, seed: 1);

    private static NatflowSettings Load(string change)
    {
        SettingsResult result = SettingsLoader.Parse($"{Base}{change}\n}}");
        Assert.Empty(result.Errors);
        return result.Settings!;
    }

    // Records compare their lists by reference; a text of all public properties compares what they hold.
    private static string Text(object? value) => value switch
    {
        null => "null",
        string text => text,
        IEnumerable items => $"[{string.Join(", ", items.Cast<object>().Select(Text))}]",
        NatSettings or Flows.Conntrack.FlowTimeouts or Flows.Alg.AlgSettings or Flows.Ipv6.Ipv6Settings => string.Join(
            "; ", value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => $"{property.Name} = {Text(property.GetValue(value))}")),
        _ => value.ToString()!,
    };
}
