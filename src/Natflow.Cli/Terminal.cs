using Spectre.Console;

namespace Natflow.Cli;

/// <summary>The two streams: results go to the output, everything else to the error stream, so that a pipe gets results alone.</summary>
internal static class Terminal
{
    private const int RedirectedWidth = 160;

    /// <summary>For tables.</summary>
    internal static IAnsiConsole Out { get; } = Make(Console.Out, Console.IsOutputRedirected);

    /// <summary>For progress and messages.</summary>
    internal static IAnsiConsole Err { get; } = Make(Console.Error, Console.IsErrorRedirected);

    /// <summary>A message that something went wrong.</summary>
    internal static void Error(string message) => Console.Error.WriteLine($"natflow: error: {message}");

    /// <summary>A message that something is not as the operator may expect.</summary>
    internal static void Warn(string message) => Console.Error.WriteLine($"natflow: warning: {message}");

    private static IAnsiConsole Make(TextWriter writer, bool isRedirected)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            Out = new AnsiConsoleOutput(writer),
        });
        if (isRedirected)
            console.Profile.Width = RedirectedWidth;
        return console;
    }
}
