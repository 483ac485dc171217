using Natflow.Policy.Sets;
using Natflow.Testing;

namespace Natflow.Policy.Tests.Sets;

/// <summary>Named sets agree with a list of nets, and bad files give errors with their lines.</summary>
public sealed class RangeSetTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public void Contains_AnyNets_AgreesWithAList(int seed, bool isIpv6)
    {
        var prng = new Prng(seed);
        var builder = new NamedSetBuilder();
        var nets = new List<IpNet>();
        for (int i = 0; i < 700; i++)
        {
            IpAddress address = Near(prng, isIpv6);
            IpNet net = IpNet.Of(address, address.WidthBits - prng.Next(isIpv6 ? 70 : 14));
            nets.Add(net);
            builder.Add(net);
        }

        NamedSet set = builder.Build("any");
        int hits = 0;
        for (int i = 0; i < 20_000; i++)
        {
            IpNet net = nets[prng.Next(nets.Count)];
            UInt128 value = prng.Next(4) switch { 0 => net.Network.Value, 1 => net.LastValue, 2 => net.LastValue + 1, _ => Near(prng, isIpv6).Value };
            IpAddress probe = isIpv6 ? IpAddress.FromIpv6(value) : IpAddress.FromIpv4((uint)value);
            bool expected = nets.Exists(candidate => candidate.Contains(probe));
            Assert.True(expected == set.Contains(probe), $"seed {seed}, {probe}");
            hits += expected ? 1 : 0;
        }

        Assert.InRange(hits, 1000, 19_990);
        Assert.False(set.Contains(isIpv6 ? IpAddress.FromIpv4(0x0A000001) : IpAddress.FromIpv6(nets[0].Network.Value)));
    }

    [Theory]
    [InlineData(7)]
    public void Contains_ManyNetsUpToTheEnd_AgreesWithAList(int seed)
    {
        var prng = new Prng(seed);
        var builder = new NamedSetBuilder();
        var starts = new SortedSet<ulong>();
        for (int i = 0; i < 20_000; i++)
            starts.Add(i < 10 ? ulong.MaxValue - (2 * (ulong)i) : prng.NextULong() >> prng.Next(8));
        foreach (ulong start in starts)
            builder.Add(IpNet.Of(IpAddress.FromIpv6((UInt128)start << 64), 64 + (64 * (int)(start & 1))));
        NamedSet set = builder.Build("many");
        Assert.True(set.Contains(IpAddress.FromIpv6((UInt128)ulong.MaxValue << 64)));
        Assert.False(set.Contains(IpAddress.FromIpv6(UInt128.MaxValue)));
        foreach (ulong start in starts)
        {
            UInt128 first = (UInt128)start << 64;
            Assert.True(set.Contains(IpAddress.FromIpv6(first)), $"{start:x}");
            Assert.Equal((start & 1) == 0, set.Contains(IpAddress.FromIpv6(first + 1)));
            Assert.Equal(starts.Contains(start - 1) && ((start - 1) & 1) == 0, set.Contains(IpAddress.FromIpv6(first - 1)));
        }
    }

    // Crowds within crowds, nets that reach over many of them, ranges from here to there, some of which meet within a /64.
    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    [InlineData(24)]
    public void Contains_CrowdsOfAnyScale_AgreesWithAList(int seed)
    {
        var prng = new Prng(seed);
        var builder = new NamedSetBuilder();
        UInt128 center = new(prng.NextULong(), prng.NextULong());
        var ranges = new List<(UInt128 First, UInt128 Last)>();
        for (int i = 0; i < 6000; i++)
        {
            UInt128 first = center ^ (new UInt128(prng.NextULong(), prng.NextULong()) >> prng.Next(100));
            if (i % 3 == 0)
            {
                UInt128 last = first + (UInt128)(prng.NextULong() >> prng.Next(64));
                Assert.True(builder.TryAdd($"{IpAddress.FromIpv6(first)}-{IpAddress.FromIpv6(UInt128.Max(first, last))}", out _));
                ranges.Add((first, UInt128.Max(first, last)));
                continue;
            }

            IpNet net = IpNet.Of(IpAddress.FromIpv6(first), Math.Min(128, 20 + prng.Next(60) + prng.Next(50)));
            builder.Add(net);
            ranges.Add((net.Network.Value, net.LastValue));
        }

        NamedSet set = builder.Build("crowds");
        int hits = 0;
        for (int i = 0; i < 10_000; i++)
        {
            (UInt128 first, UInt128 last) = ranges[prng.Next(ranges.Count)];
            UInt128 probe = prng.Next(5) switch { 0 => first, 1 => last, 2 => last + 1, 3 => first - 1, _ => center ^ (new UInt128(prng.NextULong(), prng.NextULong()) >> prng.Next(100)) };
            bool expected = ranges.Exists(range => range.First <= probe && probe <= range.Last);
            Assert.True(expected == set.Contains(IpAddress.FromIpv6(probe)), $"seed {seed}, {IpAddress.FromIpv6(probe)}");
            hits += expected ? 1 : 0;
        }

        Assert.InRange(hits, 1000, 9_900);
    }

    // Each twice as far away as the one before: an index by bits alone would be as deep as the address is long.
    [Fact]
    public void Contains_NetsTwiceAsFarEachTime_AgreesWithAList()
    {
        var builder = new NamedSetBuilder();
        for (int crowd = 0; crowd < 64; crowd++)
        {
            for (ulong i = 0; i < 40; i++)
                builder.Add(IpNet.Of(IpAddress.FromIpv6((UInt128)((1UL << crowd) + (2 * i)) << 64), 64));
        }

        NamedSet set = builder.Build("far");
        for (int crowd = 7; crowd < 64; crowd++)
        {
            for (ulong i = 0; i < 80; i++)
                Assert.Equal(i % 2 == 0, set.Contains(IpAddress.FromIpv6(((UInt128)((1UL << crowd) + i) << 64) + i)));
            Assert.False(set.Contains(IpAddress.FromIpv6((UInt128)((1UL << crowd) - 1) << 64)));
        }
    }

    // Eight beside each other wherever seven would fit, at each scale: deeper than any index goes.
    [Fact]
    public void Contains_CrowdsInEveryDepth_AgreesWithAList()
    {
        var builder = new NamedSetBuilder();
        var crowds = new HashSet<ulong>();
        for (int depth = 0; depth < 60; depth++)
            crowds.Add(ulong.MaxValue << depth & 0xAAAA_AAAA_AAAA_AAAAu);
        foreach (ulong crowd in crowds)
        {
            for (ulong i = 0; i < 8; i++)
                builder.Add(IpNet.Of(IpAddress.FromIpv6((UInt128)(crowd ^ (2 * i)) << 64), 64));
        }

        NamedSet set = builder.Build("deep");
        foreach (ulong crowd in crowds)
        {
            for (ulong i = 0; i < 32; i++)
                Assert.Equal(crowds.Any(other => (other ^ crowd ^ i) is var apart && apart < 16 && apart % 2 == 0), set.Contains(IpAddress.FromIpv6((UInt128)(crowd ^ i) << 64)));
        }
    }

    [Theory]
    [InlineData(31)]
    [InlineData(32)]
    public void Contains_Ipv4CrowdsOfAnyScale_AgreesWithAList(int seed)
    {
        var prng = new Prng(seed);
        var builder = new NamedSetBuilder();
        uint center = (uint)prng.NextULong();
        var nets = new List<IpNet>();
        for (int i = 0; i < 4000; i++)
        {
            var net = IpNet.Of(IpAddress.FromIpv4(center ^ ((uint)prng.NextULong() >> prng.Next(31))), Math.Min(32, 12 + prng.Next(30)));
            nets.Add(net);
            builder.Add(net);
        }

        NamedSet set = builder.Build("crowds");
        int hits = 0;
        for (int i = 0; i < 10_000; i++)
        {
            IpNet net = nets[prng.Next(nets.Count)];
            uint value = prng.Next(5) switch
            {
                0 => (uint)net.Network.Value,
                1 => (uint)net.LastValue,
                2 => (uint)net.LastValue + 1,
                3 => (uint)net.Network.Value - 1,
                _ => (uint)prng.NextULong(),
            };
            var probe = IpAddress.FromIpv4(value);
            bool expected = nets.Exists(candidate => candidate.Contains(probe));
            Assert.True(expected == set.Contains(probe), $"seed {seed}, {probe}");
            hits += expected ? 1 : 0;
        }

        Assert.InRange(hits, 1000, 9_900);
    }

    [Theory]
    [InlineData(8)]
    public void Contains_ADenseBlock_AgreesWithAList(int seed)
    {
        var prng = new Prng(seed);
        var builder = new NamedSetBuilder();
        bool[] isIn = new bool[1 << 17];
        for (int i = 0; i < 40_000; i++)
        {
            int address = prng.Next(isIn.Length);
            isIn[address] = true;
            builder.Add(IpNet.Of(IpAddress.FromIpv4(0xFFFE_0000u + (uint)address), 32));
        }

        NamedSet set = builder.Build("dense");
        for (int address = 0; address < isIn.Length; address++)
            Assert.True(isIn[address] == set.Contains(IpAddress.FromIpv4(0xFFFE_0000u + (uint)address)), $"seed {seed}, {address}");
    }

    [Fact]
    public void Contains_EdgesOfTheSpace_AreRight()
    {
        NamedSet all = Read("0.0.0.0/0\n::/0\n")!;
        Assert.True(all.Contains(IpAddress.FromIpv4(0)) && all.Contains(IpAddress.FromIpv4(uint.MaxValue)));
        Assert.True(all.Contains(IpAddress.FromIpv6(0)) && all.Contains(IpAddress.FromIpv6(UInt128.MaxValue)));
        NamedSet halves = Read("0.0.0.0/1\n128.0.0.0/1\n")!;
        Assert.Equal(1, halves.RangeCount);
        NamedSet empty = Read("# nothing\n\n")!;
        Assert.False(empty.Contains(IpAddress.FromIpv4(0)) || empty.Contains(IpAddress.FromIpv6(0)) || empty.ContainsMac(0) || empty.ContainsPort(0));
    }

    [Fact]
    public void Read_MixedEntries_AllHold()
    {
        NamedSet set = Read("10.0.0.5 # one\n 10.1.0.0-10.1.0.9\n2001:db8::/48\n02:00:00:00:00:01\n443\n1000-1010\n")!;
        Assert.True(set.Contains(Ip("10.0.0.5")) && set.Contains(Ip("10.1.0.9")) && set.Contains(Ip("2001:db8:0:ffff::1")));
        Assert.False(set.Contains(Ip("10.0.0.6")) || set.Contains(Ip("10.1.0.10")) || set.Contains(Ip("2001:db8:1::")));
        Assert.True(set.ContainsMac(0x020000000001) && set.ContainsPort(443) && set.ContainsPort(1010));
        Assert.False(set.ContainsMac(0x020000000002) || set.ContainsPort(1011) || set.ContainsPort(0));
    }

    [Fact]
    public void Read_BadLines_GathersAllWithTheirNumbers()
    {
        NamedSet? set = SetFileReader.Read("s", "set.txt", new StringReader("10.0.0.1/8\n1.2.3.4\n65536\n9-3\nzz:00:00:00:00:00\n010.1.1.1\n1.2.3.4-::1\n" + new string('x', 4000)), out var errors);
        Assert.Null(set);
        Assert.Equal([1, 3, 4, 5, 6, 7, 8], errors.Select(static error => error.Line).Order());
        Assert.Contains("set.txt:1: '10.0.0.1/8': host bits are set; the net is 10.0.0.0/8", errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EndlessErrors_AreBounded()
    {
        Assert.Null(SetFileReader.Read("s", "f", new StringReader(string.Concat(Enumerable.Repeat("bad\n", 5000))), out var errors));
        Assert.Equal(SetFileReader.ErrorCountMax, errors.Length);
    }

    [Fact]
    public void Catalog_Swap_LeavesTheOldOneWhole()
    {
        SetCatalog before = new([Read("1.1.1.1")!]);
        SetCatalog after = before.With(Read("2.2.2.2")!);
        Assert.True(before.Contains("s", Ip("1.1.1.1")) && after.Contains("s", Ip("2.2.2.2")));
        Assert.False(after.Contains("s", Ip("1.1.1.1")) || after.Without("s").Contains("s", Ip("2.2.2.2")) || after.Contains("nosuch", Ip("2.2.2.2")));
    }

    private static NamedSet? Read(string text) => SetFileReader.Read("s", "f", new StringReader(text), out _);

    private static IpAddress Near(Prng prng, bool isIpv6) => isIpv6
        ? IpAddress.FromIpv6(((UInt128)0x2001_0DB8_0000_0000 << 64) + ((UInt128)(uint)prng.Next(30) << 64) + (prng.NextULong() >> (prng.Next(2) * 50)))
        : IpAddress.FromIpv4(0x0A00_0000 + (uint)prng.Next(1 << 21));

    private static IpAddress Ip(string text) => IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text, nameof(text));
}
