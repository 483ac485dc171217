namespace Natflow.Cli.Output;

/// <summary>Says on the error stream what is being measured.</summary>
internal static class BenchProgress
{
    /// <summary>One line a case.</summary>
    internal static void Show(string text) => Console.Error.WriteLine($"measuring {text} ...");
}
