namespace Natflow.Cli.Output;

/// <summary>Says on the error stream how far a lab is, where somebody looks.</summary>
internal static class LabProgress
{
    /// <summary>One line a step.</summary>
    internal static void Show(string step)
    {
        if (!Console.IsErrorRedirected)
            Console.Error.WriteLine($"{step} ...");
    }
}
