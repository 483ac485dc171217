using System.Text;
using Natflow.Inspect.Domains;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Domains;

public sealed class DomainTableTests
{
    [Theory]
    [InlineData("example.com", 2)]
    [InlineData("www.example.com", 2)]
    [InlineData("EXAMPLE.COM.", 2)]
    [InlineData("a.b.c.d.e.f.g.h.i.j.k.example.com", 2)]
    [InlineData("badexample.com", 0)]
    [InlineData("example.co", 0)]
    [InlineData("com", 0)]
    [InlineData("exact.example.com", 3)]
    [InlineData("below.exact.example.com", 2)]
    [InlineData("deep.example.com", 4)]
    [InlineData("x.deep.example.com", 4)]
    [InlineData("foo.net", 5)]
    [InlineData("net", 5)]
    [InlineData("", 0)]
    [InlineData(".", 0)]
    [InlineData("..", 0)]
    [InlineData("www..net", 0)]
    [InlineData("a-label-longer-than-seven-bytes.org", 6)]
    [InlineData("x.a-label-longer-than-seven-bytes.org", 6)]
    [InlineData("a-label-longer-than-seven.bytes.org", 0)]
    public void Find_AName_GivesTheLongestMatch(string host, ushort expected)
    {
        using var table = new DomainTable(capacity: 16, seed: 3);
        Add(table, "example.com", 2, DomainMatch.Suffix);
        Add(table, "Exact.Example.com", 3, DomainMatch.Exact);
        Add(table, "deep.example.com.", 4, DomainMatch.Suffix);
        Add(table, "net", 5, DomainMatch.Suffix);
        Add(table, "a-label-longer-than-seven-bytes.org", 6, DomainMatch.Suffix);
        Assert.Equal(expected, table.Find(Encoding.Latin1.GetBytes(host)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(127)]
    public void Find_DomainOfManyLabels_IsFoundByItselfAndBelow(int labels)
    {
        string domain = string.Join('.', Enumerable.Repeat("a", labels));
        using var table = new DomainTable(capacity: 16, seed: 3);
        Add(table, domain, 2, DomainMatch.Suffix);
        Add(table, domain, 3, DomainMatch.Exact);
        Assert.Equal(3, table.Find(Encoding.ASCII.GetBytes(domain)));
        Assert.Equal(labels < 127 ? 2 : 0, table.Find(Encoding.ASCII.GetBytes($"b.{domain}")));
        Assert.Equal(0, table.Find(Encoding.ASCII.GetBytes($"a..{domain}")));
        Assert.Equal(0, table.Find(Encoding.ASCII.GetBytes($".{domain}")));
        Assert.Equal(0, table.Find(Encoding.ASCII.GetBytes($"{domain}..")));
        Assert.Equal(0, table.Find(Encoding.ASCII.GetBytes($"{domain[..^1]}b")));
    }

    [Fact]
    public void TryAdd_TwiceOrTooMany_IsSaid()
    {
        using var table = new DomainTable(capacity: 2, seed: 3);
        Assert.Equal(DomainAddResult.Added, table.TryAdd("a.com"u8, 1, DomainMatch.Suffix));
        Assert.Equal(DomainAddResult.Duplicate, table.TryAdd("A.com."u8, 2, DomainMatch.Suffix));
        Assert.Equal(DomainAddResult.Added, table.TryAdd("a.com"u8, 3, DomainMatch.Exact));
        Assert.Equal(DomainAddResult.Full, table.TryAdd("b.com"u8, 4, DomainMatch.Suffix));
        Assert.Equal(DomainAddResult.Invalid, table.TryAdd("b..com"u8, 4, DomainMatch.Suffix));
        Assert.Equal(0, table.Find("b.com"u8));
        Assert.Equal(3, table.Find("a.com"u8));
        Assert.Equal(1, table.Find("x.a.com"u8));
        Assert.Equal(2, table.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Find_AnySet_AgreesWithDictionary(int seed)
    {
        var prng = new Prng(seed);
        using var table = new DomainTable(capacity: 2000, seed: (ulong)seed);
        var exact = new Dictionary<string, ushort>(StringComparer.Ordinal);
        var suffix = new Dictionary<string, ushort>(StringComparer.Ordinal);
        int hits = 0;
        for (int step = 0; step < 6000; step++)
        {
            string name = NextName(prng);
            DomainMatch match = prng.Next(2) == 0 || name.Count(static letter => letter == '.') < 2 ? DomainMatch.Exact : DomainMatch.Suffix;
            ushort value = (ushort)(1 + prng.Next(60_000));
            if (step < 2000)
            {
                bool isNew = (match == DomainMatch.Exact ? exact : suffix).TryAdd(name, value);
                Assert.Equal(isNew ? DomainAddResult.Added : DomainAddResult.Duplicate, table.TryAdd(Encoding.ASCII.GetBytes(name), value, match));
            }

            ushort expected = Expected(exact, suffix, name);
            hits += expected == 0 ? 0 : 1;
            Assert.True(expected == table.Find(Encoding.ASCII.GetBytes(name)), $"seed {seed}, step {step}, {name}");
        }

        Assert.InRange(hits, 500, 5500);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Find_WhateverLiesBesideTheName_GivesTheSame(int seed)
    {
        var prng = new Prng(seed);
        using var table = new DomainTable(capacity: 1000, seed: (ulong)seed);
        byte[] around = new byte[320];
        for (int step = 0; step < 5000; step++)
        {
            byte[] name = Encoding.ASCII.GetBytes(NextName(prng));
            if (step < 1000)
                _ = table.TryAdd(name, (ushort)(1 + prng.Next(60_000)), prng.Next(2) == 0 ? DomainMatch.Exact : DomainMatch.Suffix);
            ushort alone = table.Find(name);
            prng.NextBytes(around);
            int start = prng.Next(32);
            name.CopyTo(around, start);
            Assert.True(alone == table.Find(around.AsSpan(start, name.Length)), $"seed {seed}, step {step}, {Encoding.ASCII.GetString(name)}");
        }
    }

    [Theory]
    [InlineData(5)]
    public void Find_AnyBytes_FindsOrNot(int seed)
    {
        var prng = new Prng(seed);
        using var table = new DomainTable(capacity: 4, seed: 1);
        table.TryAdd("a"u8, 1, DomainMatch.Suffix);
        byte[] bytes = new byte[300];
        for (int i = 0; i < 50_000; i++)
        {
            Span<byte> part = bytes.AsSpan(0, prng.Next(300));
            prng.NextBytes(part);
            for (int dot = prng.Next(12); dot < part.Length && prng.Next(4) != 0; dot += 1 + prng.Next(40))
                part[dot] = (byte)'.';
            _ = table.Find(part);
        }
    }

    private static void Add(DomainTable table, string domain, ushort value, DomainMatch match) =>
        Assert.Equal(DomainAddResult.Added, table.TryAdd(Encoding.ASCII.GetBytes(domain), value, match));

    private static string NextName(Prng prng)
    {
        string[] labels = [.. Enumerable.Range(0, 1 + prng.Next(11)).Select(_ => new string((char)('a' + prng.Next(3)), 1 + prng.Next(2) + (8 * prng.Next(2))))];
        return string.Join('.', labels);
    }

    private static ushort Expected(Dictionary<string, ushort> exact, Dictionary<string, ushort> suffix, string name)
    {
        if (exact.TryGetValue(name, out ushort value))
            return value;
        for (string rest = name; ; rest = rest[(rest.IndexOf('.', StringComparison.Ordinal) + 1)..])
        {
            if (suffix.TryGetValue(rest, out value))
                return value;
            if (!rest.Contains('.', StringComparison.Ordinal))
                return 0;
        }
    }
}
