using System.CommandLine;

namespace Natflow.Cli.Tests;

/// <summary>The command that is asked for is made alone, and is the same one.</summary>
public sealed class CommandTreeTests
{
    public static TheoryData<string> Names() => [.. CommandTree.Names];

    [Theory, MemberData(nameof(Names))]
    public void For_NameOfACommand_MakesItAlone(string name)
    {
        Command alone = Assert.Single(CommandTree.For([name, "x"]).Subcommands);
        Assert.Equal(name, alone.Name);
        Assert.NotNull(alone.Description);
    }

    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("nosuch", "run")]
    [InlineData("manual")]
    [InlineData("completion", "bash")]
    public void For_NoNameOfOne_MakesAll(params string[] arguments) =>
        Assert.Equal([.. CommandTree.Names, "completion", "manual"], CommandTree.For(arguments).Subcommands.Select(static command => command.Name));
}
