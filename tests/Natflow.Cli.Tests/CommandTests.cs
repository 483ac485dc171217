namespace Natflow.Cli.Tests;

public sealed class CommandTests
{
    private const int Done = 0;
    private const int Usage = 2;

    [Fact]
    public async Task Run_NoArguments_ShowsTheCommandsAndIs2()
    {
        NatflowProcess run = await NatflowProcess.Run();
        Assert.Equal(Usage, run.ExitCode);
        foreach (string command in new[] { "demo", "replay", "bench" })
            Assert.Contains($"  {command} ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_UnknownCommand_Is2AndNamesTheOnesThereAre()
    {
        NatflowProcess run = await NatflowProcess.Run("frobnicate");
        run.CheckRefusal(Usage, "'frobnicate' is no command; there are demo, run, ");
        Assert.Contains("natflow --help", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("replay", "--lan", "--public", "--observe", "--out", "--json")]
    [InlineData("demo", "--out", "--no-lab")]
    [InlineData("bench", "SUITE", "--json")]
    public async Task Run_Help_NamesEachOption(string command, params string[] options)
    {
        NatflowProcess run = await NatflowProcess.Run(command, "--help");
        Assert.Equal(Done, run.ExitCode);
        Assert.Empty(run.Error);
        Assert.All(options, option => Assert.Contains(option, run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_UnknownSuite_Is2AndNamesTheOnesThereAre()
    {
        NatflowProcess run = await NatflowProcess.Run("bench", "frobnicate");
        run.CheckRefusal(Usage, "'pipeline'");
    }

    [Fact]
    public async Task Run_CommandWithinAnother_NamesItsWholeHelp()
    {
        NatflowProcess run = await NatflowProcess.Run("portal", "options");
        run.CheckRefusal(Usage, "natflow portal options --help");
    }

    [Fact]
    public async Task Run_DemoTwice_WritesTheSameBytesAndLosesNothing()
    {
        using var folder = new TemporaryFolder();
        NatflowProcess first = await NatflowProcess.Run("demo", "--no-lab", "--out", folder.Of("1"));
        NatflowProcess second = await NatflowProcess.Run("demo", "--no-lab", "--out", folder.Of("2"));

        Assert.Equal((Done, Done), (first.ExitCode, second.ExitCode));
        foreach (string name in new[] { "office.pcap", "wan.pcap" })
        {
            byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(folder.Of("1"), name));
            Assert.True(bytes.Length > 1_000_000);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(folder.Of("2"), name)));
        }

        foreach (string word in new[] { "200 subscribers", "QUIC", "hairpin", "strangers", "NoMapping" })
            Assert.Contains(word, first.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_DemoIntoAFile_Is1()
    {
        using var folder = new TemporaryFolder();
        NatflowProcess run = await NatflowProcess.Run("demo", "--out", folder.Capture());
        run.CheckRefusal(1, "--out");
    }
}
