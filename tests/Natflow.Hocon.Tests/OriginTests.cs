using Natflow.Testing;

namespace Natflow.Hocon.Tests;

public sealed class OriginTests
{
    [Fact]
    public void Location_OfEveryValue_IsWhereItWasWritten()
    {
        using var directory = new CaseDirectory();
        string included = directory.Write("sub/more.conf", "\n\n  deep { here = 1 }\n");
        string main = directory.Write("main.conf", "a = \"\"\"\n\n\"\"\"\nb = ${c}\nc = 5\nn { include \"sub/more\" }\n");

        HoconConfig config = HoconDocument.Load(main).Resolve();

        Assert.Equal(new HoconLocation(main, 1, 5), Find(config, "a").Location);
        Assert.Equal(new HoconLocation(main, 5, 5), Find(config, "b").Location);
        Assert.Equal(new HoconLocation(included, 3, 17), Find(config, "n.deep.here").Location);
    }

    [Theory]
    [InlineData("a = 1\nb { c = }", "text:2: b.c: '}' stands where a value belongs")]
    [InlineData("a = 1\nb { c 5 }", "text:2: '}' stands where a key with '=' or ':' belongs")]
    [InlineData("a { b = ${x.y} }", "text:1: a.b: ${x.y} has no value")]
    [InlineData("a = [1]\n\nb = ${a} { c = 1 }", "text:3: b: an object cannot be joined with a list")]
    [InlineData("a = ${b}\nb { c = ${a} }", "${a} leads back to itself")]
    [InlineData("a = \"\n\"", "text:1: a line break or control character inside quotes")]
    [InlineData("a = [1, 2", "text:1: a: the end of the text stands where ']' belongs")]
    [InlineData("include \"http://example/\"", "text:1: an address cannot be included")]
    public void Error_OfAText_SaysWhereAndWhat(string text, string expected)
    {
        HoconException error = Assert.Throws<HoconException>(() => HoconDocument.Parse(text, "text").Resolve());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Over_Defaults_AreSeenByTheUpperLayerAlone()
    {
        HoconConfig defaults = HoconDocument.Parse("x = 1, y = ${x}, o { p = 1, q = 2 }, l = [1]", "defaults").Resolve();

        HoconConfig config = HoconDocument.Parse("x = 2, z = ${y}${o.q}, o.p = 5, l += 2", "upper").Over(defaults).Resolve();

        Assert.Equal("{\"x\":2,\"y\":1,\"o\":{\"p\":5,\"q\":2,},\"l\":[1,2,],\"z\":\"12\",}", JsonOf.Text(config.Root));
        Assert.Equal("{\"x\":1,\"y\":1,\"o\":{\"p\":1,\"q\":2,},\"l\":[1,],}", JsonOf.Text(defaults.Root));
        Assert.Equal("defaults", Find(config, "o.q").Location.File);
        Assert.Equal("upper", Find(config, "o.p").Location.File);
    }

    [Theory]
    [InlineData("a = 1, b = 2, a = ${b}, b = ${a}")]
    [InlineData("b = 2, a = 1, b = ${a}, a = ${b}")]
    public void Resolve_CrossedFields_EndEqual(string text)
    {
        HoconConfig config = HoconDocument.Parse(text).Resolve();
        Assert.Equal(config.GetInt32("a"), config.GetInt32("b"));
    }

    [Fact]
    public void Path_AnyNames_ReadBackAsTheyWereWritten()
    {
        var prng = new Prng(5);
        for (int step = 0; step < 2000; step++)
        {
            string[] names = [.. Enumerable.Range(0, 1 + prng.Next(4)).Select(_ => new string([.. Enumerable.Range(0, prng.Next(5)).Select(_ => (char)prng.Next(prng.Next(2) == 0 ? 128 : 0xD800))]))];
            HoconPath path = HoconPath.Root;
            foreach (string name in names)
                path = path.Child(name);
            Assert.Equal(names, HoconPath.Parse(path.ToString()).Elements);
        }
    }

    [Fact]
    public void Load_FileThatIsNotUtf8_IsRefused()
    {
        using var directory = new CaseDirectory();
        string path = directory.Write("main.conf", "a = 1");
        File.WriteAllBytes(path, [0x61, 0x3D, 0xFF, 0xFE]);

        Assert.Equal(HoconErrorKind.Parse, Assert.Throws<HoconException>(() => HoconDocument.Load(path)).Kind);
        Assert.Equal(HoconErrorKind.Limit, Assert.Throws<HoconException>(() => HoconDocument.Load(path, new HoconOptions { Limits = new HoconLimits { BytesMax = 3 } })).Kind);
        Assert.Equal(HoconErrorKind.Limit, Assert.Throws<HoconException>(() => HoconDocument.Load("/dev/zero")).Kind);
    }

    [Fact]
    public void Properties_EscapesAndContinuation_AreJavas()
    {
        using var directory = new CaseDirectory();
        string path = directory.Write("p.properties", "a\\ b = one\\\n   two\\u0021\r\nk\\=e\\:y : v\\tw\n! no = thing\nempty\n");

        HoconObject root = HoconDocument.Load(path).Resolve().Root;

        Assert.Equal("{\"a b\":\"onetwo!\",\"k=e:y\":\"v\\tw\",\"empty\":\"\",}", JsonOf.Text(root));
    }

    private static HoconValue Find(HoconConfig config, string path) =>
        config.TryFind(HoconPath.Parse(path), out HoconValue? value) ? value : throw new InvalidOperationException(path);
}
