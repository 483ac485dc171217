using System.Collections.Immutable;
using Natflow.Policy.Acl;
using Natflow.Policy.Sets;

namespace Natflow.Policy.Tests.Acl;

public sealed class AclTests
{
    private static readonly IpAddress Ipv4User = Ip("10.0.0.1");
    private static readonly IpAddress Ipv6User = Ip("fd00::1");

    [Theory]
    [InlineData("example.com", 2)]
    [InlineData("www.example.com", 2)]
    [InlineData("badexample.com", -1)]
    [InlineData("ab.org", -1)]
    [InlineData("example.co", -1)]
    [InlineData("com", -1)]
    [InlineData("foo.net", 0)]
    [InlineData("aa.x.aa", 3)]
    public void Match_ReferenceVectors_AsTheOriginal(string host, int action)
    {
        AclTable table = Table([], new(0, AclAction.Reset, "example.com"), new(0, AclAction.Drop, "b.org"), new(0, AclAction.Accept, "net"), new(0, AclAction.Redirect, "x.aa"));
        AclVerdict verdict = table.Match(host, table.SlotsFor(Ipv4User, 0));
        Assert.Equal(action < 0 ? AclEntry.NoSlot : 0, verdict.Slot);
        Assert.Equal(action < 0 ? AclAction.Accept : (AclAction)action, verdict.Action);
    }

    [Fact]
    public void Match_UpperCaseAndUnderscoreRules_Hit()
    {
        AclTable table = Table([], new(0, AclAction.Drop, "Example.COM."), new(1, AclAction.Drop, "_svc.test"));
        Assert.True(AclHost.TryNormalise("WWW.example.Com", out string? host));
        Assert.Equal(AclAction.Drop, table.Match(host, ulong.MaxValue).Action);
        Assert.True(AclHost.TryNormalise("a_b._svc.test.", out host));
        Assert.Equal(1, table.Match(host, ulong.MaxValue).Slot);
    }

    [Fact]
    public void Match_Slots_LowestThatHitsThenLongestName()
    {
        AclTable table = Table([], new(5, AclAction.Drop, "a.com"), new(2, AclAction.Accept, "com"), new(5, AclAction.Reset, "b.a.com"), new(40, AclAction.Redirect, "org"));
        Assert.Equal(new AclVerdict(2, AclAction.Accept), table.Match("b.a.com", ulong.MaxValue));
        Assert.Equal(new AclVerdict(5, AclAction.Reset), table.Match("x.b.a.com", ~(1UL << 2)));
        Assert.Equal(new AclVerdict(5, AclAction.Drop), table.Match("c.a.com", ~(1UL << 2)));
        Assert.Equal(new AclVerdict(40, AclAction.Redirect), table.Match("z.org", ulong.MaxValue));
        Assert.Equal(AclEntry.NoSlot, table.Match("z.org", 0).Slot);
    }

    [Fact]
    public void SlotsFor_Ipv4FilterAlone_LeavesIpv6ClientsAlone()
    {
        AclTable table = Table(["host_acl_rule3_ipv4"], new AclEntry(3, AclAction.Drop, "a.com"), new AclEntry(4, AclAction.Drop, "a.com"));
        Assert.Equal(0b11000u, table.SlotsFor(Ipv4User, 0));
        Assert.Equal(0b10000u, table.SlotsFor(Ipv6User, 0));
        Assert.Equal(0b10000u, table.SlotsFor(Ip("11.0.0.1"), 0));
    }

    [Fact]
    public void SlotsFor_MacOrAddress_EitherHits()
    {
        AclTable table = Table(["host_acl_rule0_ipv6", "host_acl_rule0_mac"], new AclEntry(0, AclAction.Drop, "a.com"));
        Assert.Equal(1u, table.SlotsFor(Ipv6User, 0));
        Assert.Equal(1u, table.SlotsFor(Ipv4User, 0x020000000001));
        Assert.Equal(0u, table.SlotsFor(Ipv4User, 0));
    }

    [Theory]
    [InlineData(AclAction.Accept, AclSource.Tls, AclOptions.None, AclAnswer.Pass)]
    [InlineData(AclAction.Drop, AclSource.HttpRequest, AclOptions.None, AclAnswer.Drop)]
    [InlineData(AclAction.Reset, AclSource.HttpRequest, AclOptions.None, AclAnswer.ResetBoth)]
    [InlineData(AclAction.Redirect, AclSource.HttpRequest, AclOptions.None, AclAnswer.RedirectHttp)]
    [InlineData(AclAction.Redirect, AclSource.HttpOther, AclOptions.None, AclAnswer.ResetBoth)]
    [InlineData(AclAction.Redirect, AclSource.Tls, AclOptions.None, AclAnswer.ResetBoth)]
    [InlineData(AclAction.Reset, AclSource.Quic, AclOptions.None, AclAnswer.Drop)]
    [InlineData(AclAction.Reset, AclSource.Quic, AclOptions.QuicUnreachable, AclAnswer.Unreachable)]
    [InlineData(AclAction.Drop, AclSource.Quic, AclOptions.QuicUnreachable, AclAnswer.Drop)]
    [InlineData(AclAction.Drop, AclSource.Dns, AclOptions.None, AclAnswer.Pass)]
    [InlineData(AclAction.Drop, AclSource.Dns, AclOptions.DnsNameError, AclAnswer.NameError)]
    [InlineData(AclAction.Redirect, AclSource.Dns, AclOptions.DnsNameError | AclOptions.DnsPortal, AclAnswer.PortalAddress)]
    public void AnswerFor_EachProtocol_IsTheTables(AclAction action, AclSource source, AclOptions options, AclAnswer expected) =>
        Assert.Equal(expected, new AclVerdict(0, action).AnswerFor(source, hasUrl: true, options));

    [Fact]
    public void AnswerFor_RedirectWithoutUrl_Resets() =>
        Assert.Equal(AclAnswer.ResetBoth, new AclVerdict(0, AclAction.Redirect).AnswerFor(AclSource.HttpRequest, hasUrl: false, AclOptions.None));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("-a.com")]
    [InlineData("a-.com")]
    [InlineData("a..com")]
    [InlineData(".com")]
    [InlineData("[::1]")]
    [InlineData("a b.com")]
    [InlineData("a.com:80")]
    [InlineData("é.com")]
    public void TryNormalise_NoName_IsRefused(string text) => Assert.False(AclHost.TryNormalise(text, out _));

    [Fact]
    public void TryNormalise_TooLong_IsRefused()
    {
        Assert.False(AclHost.TryNormalise(new string('a', 64), out _));
        Assert.False(AclHost.TryNormalise(string.Join('.', Enumerable.Repeat(new string('a', 63), 4)), out _));
        Assert.True(AclHost.TryNormalise(string.Join('.', Enumerable.Repeat("a", 127)), out string? longest));
        Assert.Equal(AclEntry.NoSlot, Table([]).Match(longest, ulong.MaxValue).Slot);
    }

    private static AclTable Table(string[] sets, params AclEntry[] entries) => new(
        AclModel.Default with { Entries = entries.ToImmutableList() },
        new SetCatalog(sets.Select(static name => SetFileReader.Read(name, "f", new StringReader("10.0.0.0/8\nfd00::/8\n02:00:00:00:00:01\n"), out _)!)));

    private static IpAddress Ip(string text) => IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text, nameof(text));
}
