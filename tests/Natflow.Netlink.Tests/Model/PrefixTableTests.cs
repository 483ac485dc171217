using Natflow.Netlink.Model;
using Natflow.Testing;

namespace Natflow.Netlink.Tests.Model;

public sealed class PrefixTableTests
{
    public static TheoryData<int> Seeds => [1, 2, 3, 4, 5, 6, 7, 8];

    [Theory, MemberData(nameof(Seeds))]
    public void Find_AnySequenceOfIpv4Changes_AgreesWithASearchThroughAll(int seed) =>
        Run<uint>(seed, prng => IpAddress.FromIpv4(NextIpv4(prng)), static address => (uint)address.Bits);

    [Theory, MemberData(nameof(Seeds))]
    public void Find_AnySequenceOfIpv6Changes_AgreesWithASearchThroughAll(int seed) =>
        Run<UInt128>(seed, prng => IpAddress.FromIpv6(NextIpv6(prng)), static address => address.Bits);

    [Fact]
    public void Find_FirstAndLastAddressOfEachLength_AreInside()
    {
        var builder = new PrefixTableBuilder<uint>();
        for (int length = 0; length <= 32; length++)
            Set(builder, new IpPrefix(IpAddress.FromIpv4(0xFFFFFFFF), length), (uint)length);
        builder.Publish([]);

        for (int length = 0; length <= 32; length++)
        {
            uint first = length == 0 ? 0 : uint.MaxValue << (32 - length);
            Assert.Equal((uint)length, builder.Current.Find(first)!.Metric);
        }

        Assert.Equal(32U, builder.Current.Find(uint.MaxValue)!.Metric);
        Assert.Equal(33, builder.Current.Count);
    }

    [Theory, MemberData(nameof(Seeds))]
    public void EndDump_TellsExactlyTheDifference(int seed)
    {
        var prng = new Prng(seed);
        var builder = new PrefixTableBuilder<uint>();
        var before = new Dictionary<IpPrefix, uint>();
        for (int i = 0; i < 300; i++)
            Set(builder, before, NextPrefix(prng, IpAddress.FromIpv4(NextIpv4(prng))), (uint)prng.Next(3));
        builder.Publish([]);

        builder.BeginDump();
        Set(builder, new IpPrefix(IpAddress.FromIpv4(1), 32), 9); // Of a dump that is begun again.
        builder.BeginDump();
        var after = new Dictionary<IpPrefix, uint>();
        foreach ((IpPrefix prefix, uint metric) in before.OrderBy(static pair => pair.Key.ToString(), StringComparer.Ordinal))
        {
            int fate = prng.Next(10);
            if (fate > 1) Set(builder, after, prefix, fate == 2 ? metric + 1 : metric);
        }

        Set(builder, after, new IpPrefix(IpAddress.FromIpv4(0x01020304), 32), 5);
        builder.EndDump();
        var changes = new List<RouteChange>();
        builder.Publish(changes);

        AssertSame(before, after, changes, $"seed {seed}");
        Assert.Equal(after.Count, builder.Current.Count);
    }

    private static void Run<TKey>(int seed, Func<Prng, IpAddress> nextAddress, Func<IpAddress, TKey> toKey)
        where TKey : unmanaged, System.Numerics.IBinaryInteger<TKey>
    {
        var prng = new Prng(seed);
        var builder = new PrefixTableBuilder<TKey>();
        var model = new Dictionary<IpPrefix, uint>();
        int found = 0;
        for (int round = 0; round < 60; round++)
        {
            var before = new Dictionary<IpPrefix, uint>(model);
            PrefixTable<TKey> old = builder.Current;
            for (int i = prng.Next(20); i >= 0; i--)
            {
                IpPrefix prefix = prng.Next(3) == 0 && model.Count > 0
                    ? model.Keys.ElementAt(prng.Next(model.Count))
                    : NextPrefix(prng, nextAddress(prng));
                if (prng.Next(3) == 0) Remove(builder, model, prefix);
                else Set(builder, model, prefix, (uint)prng.Next(3));
            }

            var changes = new List<RouteChange>();
            builder.Publish(changes);
            AssertSame(before, model, changes, $"seed {seed}, round {round}");
            found += AssertFinds(prng, builder.Current, model, nextAddress, toKey, $"seed {seed}, round {round}");
            _ = AssertFinds(prng, old, before, nextAddress, toKey, $"seed {seed}, round {round}, the table before");
        }

        Assert.True(found > 1000, "the generator meets prefixes");
    }

    private static int AssertFinds<TKey>(
        Prng prng, PrefixTable<TKey> table, Dictionary<IpPrefix, uint> model, Func<Prng, IpAddress> nextAddress, Func<IpAddress, TKey> toKey, string where)
        where TKey : unmanaged, System.Numerics.IBinaryInteger<TKey>
    {
        int found = 0;
        Assert.True(table.Count == model.Count, where);
        for (int i = 0; i < 60; i++)
        {
            IpAddress address = nextAddress(prng);
            IpPrefix[] matches = [.. model.Keys.Where(prefix => prefix.Contains(address))];
            Route? actual = table.Find(toKey(address));
            if (matches.Length == 0)
            {
                Assert.True(actual is null, $"{where}: {address}");
                continue;
            }

            IpPrefix longest = matches.MaxBy(static prefix => prefix.LengthBits);
            Assert.True(actual?.Destination == longest && actual.Metric == model[longest], $"{where}: {address} in {longest}, not {actual}");
            found++;
        }

        return found;
    }

    private static void AssertSame(
        Dictionary<IpPrefix, uint> before, Dictionary<IpPrefix, uint> after, List<RouteChange> changes, string where)
    {
        Dictionary<IpPrefix, (uint? Old, uint? New)> actual =
            changes.ToDictionary(static change => change.Destination, static change => (change.Old?.Metric, change.New?.Metric));
        Dictionary<IpPrefix, (uint? Old, uint? New)> expected = before.Keys.Union(after.Keys)
            .Select(prefix => (prefix, Old: Value(before, prefix), New: Value(after, prefix)))
            .Where(static change => change.Old != change.New)
            .ToDictionary(static change => change.prefix, static change => (change.Old, change.New));
        Assert.True(expected.Count == actual.Count && expected.All(pair => actual.TryGetValue(pair.Key, out var other) && other == pair.Value), where);
    }

    private static uint? Value(Dictionary<IpPrefix, uint> model, IpPrefix prefix) => model.TryGetValue(prefix, out uint metric) ? metric : null;

    private static void Set<TKey>(PrefixTableBuilder<TKey> builder, Dictionary<IpPrefix, uint> model, IpPrefix prefix, uint metric)
        where TKey : unmanaged, System.Numerics.IBinaryInteger<TKey>
    {
        model[prefix] = metric;
        Set(builder, prefix, metric);
    }

    private static void Set<TKey>(PrefixTableBuilder<TKey> builder, IpPrefix prefix, uint metric)
        where TKey : unmanaged, System.Numerics.IBinaryInteger<TKey> =>
        builder.Set(prefix, new Route(prefix, Target(metric), null));

    private static void Remove<TKey>(PrefixTableBuilder<TKey> builder, Dictionary<IpPrefix, uint> model, IpPrefix prefix)
        where TKey : unmanaged, System.Numerics.IBinaryInteger<TKey>
    {
        model.Remove(prefix);
        builder.Set(prefix, null);
    }

    private static RouteTarget Target(uint metric) =>
        new(RouteKind.Unicast, isLocalTable: false, metric, protocol: 4, scope: 0, IpAddress.None, mtuBytes: 0, [new NextHop(1, IpAddress.None, 1)]);

    // Few leading bits, so that prefixes nest and addresses meet them; few low bits, so that ends of ranges are met.
    private static uint NextIpv4(Prng prng) =>
        (uint)prng.Next(3) * 0x5555_0000 + (uint)prng.Next(4) * 0x0100_0000 + (uint)prng.Next(4) * 0x4000 + (uint)prng.Next(6) - 2;

    private static UInt128 NextIpv6(Prng prng) =>
        ((UInt128)NextIpv4(prng) << 96) + ((UInt128)(uint)prng.Next(3) << 64) + (UInt128)(uint)prng.Next(4) - 1;

    private static IpPrefix NextPrefix(Prng prng, IpAddress address) => new(address, prng.Next(address.WidthBits + 1));
}
