namespace Natflow.Host.Lab;

/// <summary>Runs a client inside a host of the lab.</summary>
public static class LabShell
{
    /// <summary>Whether a program is there to be run.</summary>
    public static bool IsInstalled(string program) => LabTool.Find(program) is not null;

    /// <summary>Runs a command to its end, within 30 s.</summary>
    /// <param name="name">The host's namespace.</param>
    /// <param name="command">Program and arguments.</param>
    /// <returns>Its exit code, and what it wrote: to standard output, or where that is empty to standard error.</returns>
    /// <exception cref="LabException">It did not end.</exception>
    public static (int ExitCode, string Output) Run(string name, IReadOnlyList<string> command)
    {
        ArgumentNullException.ThrowIfNull(command);
        (int exitCode, string output, string error) = LabTool.TryRun(["ip", "netns", "exec", name, .. command]);
        return (exitCode, output.Trim().Length > 0 ? output : error);
    }
}
