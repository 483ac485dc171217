using Natflow.Core;
using Natflow.Flows.Ipv6;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

public sealed class Ipv6SettingsTests
{
    public static TheoryData<string, Ipv6Settings> Wrong => new()
    {
        { "subscriber bits", new Ipv6Settings { SubscriberBits = 56 } },
        { "flow capacity", new Ipv6Settings { FlowCapacity = 0 } },
        { "at least one pair", new Ipv6Settings { Mode = Ipv6Mode.PrefixTranslation } },
        { "the same length", new Ipv6Settings { PrefixPairs = [new Ipv6PrefixPair(Prefix("fd00::/48"), Prefix("2001:db8::/56"))] } },
        { "overlap", new Ipv6Settings { PrefixPairs = [new Ipv6PrefixPair(Prefix("fd00::/48"), Prefix("fd00::/48"))] } },
        { "public address is needed", new Ipv6Settings { Mode = Ipv6Mode.Masquerade } },
        { "given twice", new Ipv6Settings { PublicAddresses = [X, X] } },
        { "lies in a LAN prefix", new Ipv6Settings { LanPrefixes = [Prefix("2001:db8:1::/48")], PublicAddresses = [A] } },
        { "nat64 prefix", new Ipv6Settings { Nat64Prefix = Prefix("64:ff9b::/97") } },
        { "and LAN prefix", new Ipv6Settings { Nat64Prefix = Prefix("64:ff9b::/96"), LanPrefixes = [Prefix("64::/16")] } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validate_Contradiction_IsSaidInWords(string expected, Ipv6Settings settings) =>
        Assert.Contains(settings.Validate(), error => error.Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void Validate_Defaults_Hold() => Assert.Empty(new Ipv6Settings().Validate());

    [Theory]
    [InlineData(Ipv6Mode.Native)]
    [InlineData(Ipv6Mode.PrefixTranslation)]
    [InlineData(Ipv6Mode.Masquerade)]
    public void ShardMap_BothSides_AgreeAboutASubscriber(Ipv6Mode mode)
    {
        var settings = new NatSettings
        {
            PublicAddresses = [Public4],
            ShardCount = 8,
            Seed = 3,
            Ipv6 = new Ipv6Settings
            {
                Mode = mode,
                PrefixPairs = [new Ipv6PrefixPair(Prefix("fd00:1:2::/48"), Prefix("2001:db8:2::/48"))],
                PublicAddresses = [X, Y],
            },
        };
        var map = new Ipv6ShardMap(settings);
        var translator = new Packets.Family.PrefixTranslator(Prefix("fd00:1:2::/48"), Prefix("2001:db8:2::/48"));
        var shards = new HashSet<int>();
        for (int subnet = 0; subnet < 200; subnet++)
        {
            Ipv6Address inside = Address($"fd00:1:2:{subnet:x}::7");
            int shard = map.OfInside(in inside);
            shards.Add(shard);
            Ipv6Address outside = inside;
            if (mode == Ipv6Mode.PrefixTranslation)
                Assert.True(translator.TryToOutside(in inside, out outside));
            if (mode != Ipv6Mode.Masquerade)
                Assert.Equal(shard, map.OfOutside(in outside));
        }

        Assert.Equal(mode == Ipv6Mode.Masquerade ? 2 : 8, shards.Count);
        if (mode == Ipv6Mode.Masquerade)
            Assert.Equal((0, 1), (map.OfOutside(X), map.OfOutside(Y)));
    }
}
