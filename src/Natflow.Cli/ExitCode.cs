namespace Natflow.Cli;

/// <summary>Exit codes that scripts rely on.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    internal const int Done = 0;

    /// <summary>The input or the gateway failed.</summary>
    internal const int Failed = 1;

    /// <summary>Wrong usage or configuration: nothing was done.</summary>
    internal const int Usage = 2;
}
