using System.Text;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Catalogue;

public sealed class AppCatalogueTests
{
    [Fact]
    public void LoadBuiltIn_TheOriginals_HasItsEntries()
    {
        Assert.Empty(AppCatalogue.TryLoad([CatalogueText.BuiltIn], 1, out AppCatalogue? catalogue));
        using (catalogue)
        {
            Assert.Equal((3u, 45, 94), (catalogue!.Revision, catalogue.AppCount, catalogue.Domains.Count));
            Assert.Equal("vpn / tunnel", catalogue.CategoryName(catalogue.CategoryOf(3)));
            Assert.Equal("realtime", catalogue.CategoryName(catalogue.CategoryOf(0x2008)));
            Assert.Equal("zoom", catalogue.SourceName(36));
        }
    }

    [Fact]
    public void LoadBuiltIn_Protocols_HaveTheIdsOfTheSignatures()
    {
        using AppCatalogue catalogue = AppCatalogue.LoadBuiltIn(1);
        foreach (FlowProtocol protocol in Enum.GetValues<FlowProtocol>().Where(static protocol => protocol != FlowProtocol.None))
            Assert.Equal(protocol.ToString().ToLowerInvariant(), catalogue.NameOf((ushort)protocol));
        foreach (FlowApp app in Enum.GetValues<FlowApp>())
            Assert.Equal(app.ToString().ToLowerInvariant(), catalogue.NameOf((ushort)app));
        foreach (AppSource source in Enum.GetValues<AppSource>().Where(static source => source is not (AppSource.None or AppSource.DnsAnswer)))
            Assert.Equal(source.ToString().ToLowerInvariant(), catalogue.SourceName((byte)source));
    }

    [Theory]
    [InlineData("v.qq.com", "tencent-video")]
    [InlineData("x.v.qq.com", "tencent-video")]
    [InlineData("im.qq.com", "qq")]
    [InlineData("edge-mqtt.facebook.com", "messenger")]
    [InlineData("chat-e2ee-mini.facebook.com", "whatsapp")]
    [InlineData("www.facebook.com", "facebook")]
    [InlineData("instagram.c10r.facebook.com", "instagram")]
    [InlineData("x.instagram.c10r.facebook.com", "facebook")]
    [InlineData("youtu.be", "youtube")]
    [InlineData("x.youtu.be", "-")]
    [InlineData("notx.com", "-")]
    public void Domains_OfTheOriginal_MatchInItsOrder(string host, string app)
    {
        using AppCatalogue catalogue = AppCatalogue.LoadBuiltIn(1);
        Assert.Equal(app, catalogue.NameOf(catalogue.Domains.Find(Encoding.ASCII.GetBytes(host))));
    }

    [Fact]
    public void TryLoad_AnOperatorsAdditions_AreFound()
    {
        var own = new CatalogueText("own.catalogue", "category 64 intranet\napp 0x8000 wiki intranet\nsuffix wiki wiki.example.com\nsuffix qq qq.example.com\n");
        Assert.Empty(AppCatalogue.TryLoad([CatalogueText.BuiltIn, own], 1, out AppCatalogue? catalogue));
        using (catalogue)
        {
            ushort id = catalogue!.Domains.Find("a.wiki.example.com"u8);
            Assert.Equal((0x8000, "wiki", "intranet"), (id, catalogue.NameOf(id), catalogue.CategoryName(catalogue.CategoryOf(id))));
            Assert.Equal("qq", catalogue.NameOf(catalogue.Domains.Find("qq.example.com"u8)));
        }
    }

    [Theory]
    [InlineData("app 0x7fff wiki email", "own:1: '0x7fff' is no number from 32768 to 65535 (0x8000 to 0xFFFF)")]
    [InlineData("\napp 0x8000 qq email", "own:2: 'qq' has an id already")]
    [InlineData("app 0x8000 wiki nonsense", "own:1: there is no category 'nonsense' above this line")]
    [InlineData("app 0x8000 Wiki email", "own:1: 'Wiki': a name holds lower-case letters, digits, hyphens and dots")]
    [InlineData("suffix wiki a.com", "own:1: there is no app 'wiki' above this line")]
    [InlineData("suffix dns a.com", "own:1: there is no app 'dns' above this line")]
    [InlineData("suffix qq a..com", "own:1: 'a..com' is no domain")]
    [InlineData("suffix qq qq.com", "own:1: 'qq.com' has an application already")]
    [InlineData("protocol 99 x email", "own:1: expected 'app ID NAME CATEGORY', 'exact APP DOMAIN', 'suffix APP DOMAIN' or 'category N NAME'")]
    [InlineData("revision 4", "own:1: expected 'app ID NAME CATEGORY', 'exact APP DOMAIN', 'suffix APP DOMAIN' or 'category N NAME'")]
    public void TryLoad_AMistake_IsSaidWithItsLine(string text, string expected)
    {
        IReadOnlyList<CatalogueError> errors = AppCatalogue.TryLoad([CatalogueText.BuiltIn, new CatalogueText("own", text)], 1, out AppCatalogue? catalogue);
        Assert.Null(catalogue);
        Assert.Equal(expected, Assert.Single(errors).ToString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TryLoad_AnyText_GivesErrors(int seed)
    {
        byte[] bytes = new byte[50_000];
        new Prng(seed).NextBytes(bytes);
        Assert.NotEmpty(AppCatalogue.TryLoad([CatalogueText.BuiltIn, new CatalogueText("own", Encoding.Latin1.GetString(bytes))], 1, out _));
    }
}
