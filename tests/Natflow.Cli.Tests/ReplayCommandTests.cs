using System.Text.Json;

namespace Natflow.Cli.Tests;

public sealed class ReplayCommandTests
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int Usage = 2;

    [Theory]
    [InlineData("--lan 10.0.0.1/8", "host bits are set; the prefix is 10.0.0.0/8")]
    [InlineData("--lan 10.0.0.0/33", "the prefix length must be 0 to 32")]
    [InlineData("--lan office", "not an IPv4 address or prefix")]
    [InlineData("--public 999", "not an IPv4 address such as 203.0.113.1")]
    [InlineData("--public 198.51.100.1,198.51.100.1", "one is given twice")]
    [InlineData("--lan 198.51.100.0/24 --public 198.51.100.9", "public address 198.51.100.9 lies in a LAN prefix: the two must not overlap")]
    [InlineData("--lan 203.0.113.0/24", "and 60 more like these")]
    [InlineData("--frobnicate", "'--frobnicate' is no option of replay")]
    public async Task Run_WrongUsage_Is2AndSaysWhatIsWrong(string options, string message)
    {
        using var folder = new TemporaryFolder();
        NatflowProcess run = await NatflowProcess.Run(["replay", folder.Capture(), .. options.Split(' ')]);
        run.CheckRefusal(Usage, message);
    }

    [Fact]
    public async Task Run_WithoutACapture_Is2() => (await NatflowProcess.Run("replay")).CheckRefusal(Usage, "'CAPTURE'");

    [Fact]
    public async Task Run_EmptyName_Is2() => (await NatflowProcess.Run("replay", "")).CheckRefusal(Usage, "a capture's name is empty");

    [Fact]
    public async Task Run_OutputIsTheCapture_Is2AndLeavesItAlone()
    {
        using var folder = new TemporaryFolder();
        string capture = folder.Capture();
        byte[] before = await File.ReadAllBytesAsync(capture);
        (await NatflowProcess.Run("replay", capture, "--out", capture)).CheckRefusal(Usage, "is one of the captures to be read");
        Assert.Equal(before, await File.ReadAllBytesAsync(capture));
    }

    [Theory]
    [InlineData("absent.pcap", "no such file")]
    [InlineData(".", "is a directory")]
    [InlineData("text.txt", "text.txt")]
    [InlineData("empty.pcap", "empty.pcap")]
    public async Task Run_UnreadableCapture_Is1AndNamesIt(string name, string message)
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.Of("text.txt"), "This is a text, and long enough to be read as a header.");
        await File.WriteAllBytesAsync(folder.Of("empty.pcap"), []);
        NatflowProcess run = await NatflowProcess.Run("replay", folder.Of(name));
        run.CheckRefusal(Failed, message);
    }

    [Theory, InlineData("absent/out.pcap", "no such folder"), InlineData(".", "is a directory")]
    public async Task Run_UnwritableOutput_Is1AndNamesIt(string name, string message)
    {
        using var folder = new TemporaryFolder();
        NatflowProcess run = await NatflowProcess.Run("replay", folder.Capture(), "--out", folder.Of(name));
        run.CheckRefusal(Failed, message);
        Assert.Contains("--out", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Json_IsOneObjectWithTheKeysOfTheContract()
    {
        using var folder = new TemporaryFolder();
        NatflowProcess run = await NatflowProcess.Run("replay", folder.Capture("a.pcap"), folder.Capture("b.pcap"), "--json", "--out", folder.Of("out.pcap"));

        Assert.Equal(Done, run.ExitCode);
        Assert.Empty(run.Error);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        JsonElement root = json.RootElement;
        foreach (string key in new[] { "packets", "bytes", "translated", "dropped", "flows", "mappings", "users", "offload", "timings" })
            Assert.True(root.TryGetProperty(key, out _), $"no '{key}'");
        Assert.Equal(4, root.GetProperty("packets").GetInt32());
        Assert.Equal(4, root.GetProperty("translated").GetInt32());
        Assert.Equal(1, root.GetProperty("flows").GetInt32());
        Assert.Equal(4, root.GetProperty("written").GetInt32());
        Assert.Equal(JsonValueKind.Object, root.GetProperty("dropped").ValueKind);
        Assert.True(root.GetProperty("timings").GetProperty("seconds").GetDouble() >= 0);
    }

    [Fact]
    public async Task Run_JsonWithAnUnreadableCapture_Is1AndStillPrintsTheObject()
    {
        using var folder = new TemporaryFolder();
        NatflowProcess run = await NatflowProcess.Run("replay", folder.Capture(), folder.Of("absent.pcap"), "--json");
        Assert.Equal(Failed, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.Equal(2, json.RootElement.GetProperty("packets").GetInt32());
        Assert.Contains("absent.pcap", Assert.Single(json.RootElement.GetProperty("errors").EnumerateArray()).GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Tables_ShowPacketsAndNoEscapeSequences()
    {
        using var folder = new TemporaryFolder();
        NatflowProcess run = await NatflowProcess.Run("replay", folder.Capture(), "--lan", "auto");
        Assert.Equal(Done, run.ExitCode);
        Assert.Contains("translated, in2out", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Output);
    }

    [Fact]
    public async Task Run_Observe_TranslatesNothing()
    {
        using var folder = new TemporaryFolder();
        NatflowProcess run = await NatflowProcess.Run("replay", folder.Capture(), "--observe", "--json");
        Assert.Equal(Done, run.ExitCode);
        using JsonDocument json = JsonDocument.Parse(run.Output);
        Assert.Equal(0, json.RootElement.GetProperty("translated").GetInt32());
        Assert.Equal(2, json.RootElement.GetProperty("observed").GetInt32());
        Assert.Equal(1, json.RootElement.GetProperty("flows").GetInt32());
    }

    [Theory]
    [InlineData("--observe")]
    [InlineData("--lan auto")]
    public async Task Run_UrlLog_HoldsARowAnObservation(string options)
    {
        using var folder = new TemporaryFolder();
        string log = folder.Of("urls.tsv");
        NatflowProcess run = await NatflowProcess.Run(["replay", folder.RequestCapture(), .. options.Split(' '), "--url-log", log]);
        Assert.Equal(Done, run.ExitCode);
        Assert.Equal("http\t10.0.0.1\t4000\t192.0.2.1\t80\tGET\ta.example\t/x\\x5cy\n", await File.ReadAllTextAsync(log));
    }

    [Fact]
    public async Task Run_UrlLogInNoFolder_Is1AndNamesIt()
    {
        using var folder = new TemporaryFolder();
        NatflowProcess run = await NatflowProcess.Run("replay", folder.Capture(), "--observe", "--url-log", folder.Of("absent/urls.tsv"));
        run.CheckRefusal(Failed, "--url-log");
    }
}
