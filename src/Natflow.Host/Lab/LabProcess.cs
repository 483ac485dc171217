using System.Diagnostics;
using System.Globalization;

namespace Natflow.Host.Lab;

/// <summary>Processes of the lab: they outlive the command that started them, and are found again by the namespace they are in.</summary>
internal static class LabProcess
{
    private const int KillPolls = 500;
    private const int KillPollMilliseconds = 10;

    /// <summary>
    /// Starts a program inside a namespace, in a session of its own (Ctrl-C at the terminal does not reach it), writing to a log file.
    /// </summary>
    /// <param name="name">The namespace.</param>
    /// <param name="logPath">Where both its outputs are appended.</param>
    /// <param name="command">Program and arguments.</param>
    /// <returns>The process; it goes on when this is disposed of.</returns>
    internal static Process Start(string name, string logPath, IReadOnlyList<string> command)
    {
        // Each step replaces the one before (exec), so the process id stays that of the program.
        string[] words =
        [
            "ip", "netns", "exec", name, "setsid", "sh", "-c", "log=$1; shift; exec \"$@\" >>\"$log\" 2>&1 </dev/null", "sh", logPath, .. command,
        ];
        return Process.Start(new ProcessStartInfo(LabTool.Find(words[0]) ?? words[0], words.Skip(1)))!;
    }

    /// <summary>Ids of the processes inside a namespace.</summary>
    internal static IReadOnlyList<int> InNamespace(string name)
    {
        (int exitCode, string output, _) = LabTool.TryRun(["ip", "netns", "pids", name]);
        return exitCode != 0
            ? []
            : [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => int.Parse(line, CultureInfo.InvariantCulture))];
    }

    /// <summary>Ends processes at once and waits until they are gone. This process itself is left alone.</summary>
    internal static void KillAll(IEnumerable<int> processIds)
    {
        foreach (int id in processIds.Where(static id => id != Environment.ProcessId))
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
                for (int poll = 0; poll < KillPolls && !process.WaitForExit(KillPollMilliseconds) && !IsZombie(id); poll++)
                {
                }
            }
            catch (Exception error) when (error is ArgumentException or InvalidOperationException)
            {
                // It ended by itself.
            }
        }
    }

    // Dead, and holding nothing any more: whether its parent collects it is not waited for.
    private static bool IsZombie(int processId)
    {
        try
        {
            string line = File.ReadAllText($"/proc/{processId}/stat");
            return line[line.LastIndexOf(')')..].StartsWith(") Z", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true; // Collected meanwhile.
        }
    }
}
