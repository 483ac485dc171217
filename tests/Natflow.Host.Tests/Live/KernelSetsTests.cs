using Natflow.Gateway.Users;
using Natflow.Host.Live;
using Natflow.Host.Settings;
using Natflow.Policy;
using Natflow.Policy.Sets;

namespace Natflow.Host.Tests.Live;

/// <summary>Sets that come from the kernel and from operators: read whole, or not at all.</summary>
public sealed class KernelSetsTests : IDisposable
{
    private const string Nft = """
        {"nftables": [{"metainfo": {"json_schema_version": 1}},
          {"set": {"family": "ip", "name": "open", "table": "t", "elem": [{"prefix": {"addr": "10.0.0.0", "len": 8}}, "192.0.2.1", {"elem": {"val": "192.0.2.2", "timeout": 9}}, {"range": ["192.0.2.8", "192.0.2.9"]}]}},
          {"set": {"family": "ip", "name": "empty", "table": "t"}}]}
        """;

    private const string Ipset = """
        create guests_v4 hash:net family inet hashsize 1024 maxelem 65536
        add guests_v4 203.0.113.0/24 timeout 0
        create guests list:set size 8
        add guests guests_v4
        create macs hash:mac hashsize 1024
        add macs 02:00:00:00:00:01
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("natflow-sets-").FullName;

    [Fact]
    public void Read_NamesOfRules_AreTheKernelsWhereNothingElseNamesThem()
    {
        var kernel = new KernelSets(Nft, Ipset);
        Assert.True(SetSource.TryRead([new SetSettings("own", ["10.0.0.1"], "", IsKernel: false)], ["own", "open", "guests", "macs", "empty", "nosuch"], kernel, out SetCatalog sets, out _));
        Assert.True(sets.Contains("open", Ip("10.1.1.1")) && sets.Contains("open", Ip("192.0.2.1")) && sets.Contains("open", Ip("192.0.2.2")) && sets.Contains("open", Ip("192.0.2.9")));
        Assert.False(sets.Contains("open", Ip("192.0.2.3")));
        Assert.True(sets.Contains("guests", Ip("203.0.113.7")));
        Assert.True(sets.ContainsMac("macs", 0x02_00_00_00_00_01));
        Assert.NotNull(sets.Find("empty")); // A set that is there restricts, though nobody is in it.
        Assert.Null(sets.Find("nosuch"));
        Assert.Equal(5, sets.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"nftables\": [{\"set\": {}}]}")]
    [InlineData("{\"nftables\": [{\"set\": {\"name\": \"open\", \"elem\": [[], {\"range\": [1]}]}}]}")]
    public void Read_AnotherVersionsWords_SayNothing(string json) => Assert.Empty(new KernelSets(json, "add\nadd x\n\n").Members("open"));

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("%2e%2e")]
    public void Write_AnyName_StaysInItsDirectory(string name)
    {
        var written = new WrittenSets(_directory);
        Assert.Empty(written.Write(new SetWriteRequest(name, "10.0.0.1\n")).Errors);
        string file = Assert.Single(Directory.GetFiles(_directory, "*", SearchOption.AllDirectories));
        Assert.Equal(Path.Combine(_directory, "sets"), Path.GetDirectoryName(file));
        Assert.Equal(name, Assert.Single(written.Sources()).Name);
        Assert.True(written.Write(new SetWriteRequest(name, null)).IsKnown);
        Assert.False(written.Write(new SetWriteRequest(name, null)).IsKnown);
    }

    [Theory]
    [InlineData("", "10.0.0.1")]
    [InlineData("a b", "10.0.0.1")]
    [InlineData("a,b", "10.0.0.1")]
    [InlineData("a-name-of-more-than-31-characters", "10.0.0.1")]
    [InlineData("a", "10.0.0.1\n10.0.0.300")]
    public void Write_AMistake_ChangesNothing(string name, string text)
    {
        var written = new WrittenSets(_directory);
        Assert.NotEmpty(written.Write(new SetWriteRequest(name, text)).Errors);
        Assert.Empty(Directory.GetFiles(_directory, "*", SearchOption.AllDirectories));
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static IpAddress Ip(string text) => IpAddress.TryParse(text, out IpAddress address) ? address : throw new ArgumentException(text, nameof(text));
}
