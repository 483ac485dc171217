using System.ComponentModel;
using System.Diagnostics;

namespace Natflow.Host.Lab;

/// <summary>Runs the system's tools to their end.</summary>
internal static class LabTool
{
    private const int TimeoutMilliseconds = 30_000;

    /// <summary>Runs a command; throws unless it ends with 0.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <param name="input">Text for its standard input.</param>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="LabException">It is not installed, failed, or did not end.</exception>
    internal static string Run(IReadOnlyList<string> command, string input = "")
    {
        (int exitCode, string output, string error) = TryRun(command, input);
        return exitCode == 0 ? output : throw new LabException($"'{string.Join(' ', command)}' ended with {exitCode}: {error.Trim()}");
    }

    /// <summary>Runs a command, whatever its exit code.</summary>
    /// <exception cref="LabException">It is not installed, or did not end.</exception>
    internal static (int ExitCode, string Output, string Error) TryRun(IReadOnlyList<string> command, string input = "")
    {
        using Process process = Start(command);
        // Both pipes are drained together: a command that fills one while the other is read would never end.
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read: the exit code says why.
        }

        if (process.WaitForExit(TimeoutMilliseconds))
            return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
        process.Kill(entireProcessTree: true);
        throw new LabException($"'{string.Join(' ', command)}' did not end within {TimeoutMilliseconds / 1000} s");
    }

    /// <summary>Path of an installed program, or null.</summary>
    internal static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
        .Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Concat(["/usr/sbin", "/sbin"]) // A user's PATH may lack them, and sudo keeps it.
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    private static Process Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(Find(command[0]) ?? command[0], command.Skip(1))
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception error)
        {
            throw new LabException($"'{command[0]}' cannot be run: {error.Message}; the lab needs iproute2 and util-linux");
        }
    }
}
