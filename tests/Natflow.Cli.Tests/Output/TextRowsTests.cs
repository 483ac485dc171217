using Natflow.Cli.Output;
using Spectre.Console;

namespace Natflow.Cli.Tests.Output;

public sealed class TextRowsTests
{
    [Fact]
    public void AddTextRow_EndpointOfIpv6_IsShownAsItIs()
    {
        using var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No });

        console.Write(new Table().AddColumns("inside", "login").AddTextRow("[2001:db8:1::11]:40000", "[red]"));

        Assert.Contains("[2001:db8:1::11]:40000", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("[red]", text.ToString(), StringComparison.Ordinal);
    }
}
