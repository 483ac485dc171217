using System.Diagnostics;

namespace Natflow.Testing.Namespaces;

/// <summary>Runs commands to their end and collects what they write.</summary>
internal static class CommandRunner
{
    private const int TimeoutMilliseconds = 60_000;

    internal static CommandOutcome Run(IReadOnlyList<string> command, string? input = null)
    {
        using Process process = Start(command, withInput: input is not null);
        // Both pipes are drained together: a command that fills one while we wait on the other would never end.
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (input is not null)
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }

        if (!process.WaitForExit(TimeoutMilliseconds))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"'{string.Join(' ', command)}' did not end within {TimeoutMilliseconds} ms");
        }

        return new CommandOutcome(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    internal static Process Start(IReadOnlyList<string> command, bool withInput = false)
    {
        var start = new ProcessStartInfo(command[0])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = withInput,
        };
        foreach (string argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
