using System.Text;
using Natflow.Inspect.Domains;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Domains;

public sealed class HostNameTests
{
    [Theory]
    [InlineData("EXAMPLE.COM.", "example.com")]
    [InlineData("example.com:443", "example.com")]
    [InlineData("a.com:00080", "a.com")]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("xn--fsq.com", "xn--fsq.com")]
    public void TryNormalize_AHost_IsNormal(string raw, string expected) => Assert.Equal(expected, Normalize(raw, HostNameRules.WithPort));

    [Theory]
    [InlineData("a_b.com")]
    [InlineData("-a.com")]
    [InlineData("a-.com")]
    [InlineData("a..com")]
    [InlineData(".com")]
    [InlineData("[::1]")]
    [InlineData("a.com:")]
    [InlineData(":80")]
    [InlineData("a.com:65536")]
    [InlineData("a.com:99999999999999999999")]
    [InlineData("a b.com")]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.com..")]
    public void TryNormalize_NoHost_IsRefused(string raw) => Assert.Null(Normalize(raw, HostNameRules.WithPort));

    [Fact]
    public void TryNormalize_APortWithoutTheRule_IsRefused() => Assert.Null(Normalize("a.com:80", HostNameRules.Strict));

    [Fact]
    public void TryNormalize_AnUnderscoreWithTheRule_IsALetter() => Assert.Equal("_dmarc.a", Normalize("_dmarc.A", HostNameRules.WithUnderscore));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void TryNormalize_ALabel_MayHave63Bytes(int bytes, bool isName) => Assert.Equal(isName, Normalize(new string('a', bytes) + ".b", HostNameRules.Strict) is not null);

    [Theory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    public void TryNormalize_AName_MayHave253Bytes(int bytes, bool isName)
    {
        string name = string.Join('.', Enumerable.Repeat(new string('a', 49), 6))[..bytes];
        Assert.Equal(isName, Normalize(name, HostNameRules.Strict) is not null);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TryNormalize_AnyBytes_AreJudged(int seed)
    {
        var prng = new Prng(seed);
        byte[] raw = new byte[300];
        Span<byte> normal = stackalloc byte[HostName.BytesMax];
        for (int i = 0; i < 20_000; i++)
        {
            Span<byte> part = raw.AsSpan(0, prng.Next(300));
            prng.NextBytes(part);
            bool isName = HostName.TryNormalize(part, (HostNameRules)prng.Next(4), normal, out int length);
            Assert.Equal(isName, length > 0);
        }
    }

    private static string? Normalize(string raw, HostNameRules rules)
    {
        Span<byte> normal = stackalloc byte[HostName.BytesMax];
        return HostName.TryNormalize(Encoding.Latin1.GetBytes(raw), rules, normal, out int length) ? Encoding.ASCII.GetString(normal[..length]) : null;
    }
}
