using System.Diagnostics;
using Natflow.Netlink;
using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Topology;

/// <summary>A host of the lab: runs programs and sockets inside.</summary>
public sealed class LabHostShell
{
    private static readonly TimeSpan DeadlineDefault = TimeSpan.FromSeconds(60);

    /// <summary>For a namespace.</summary>
    public LabHostShell(string name) => Name = name;

    /// <summary>The namespace.</summary>
    public string Name { get; }

    /// <summary>Runs a command; fails the test unless it ends with 0 within a minute.</summary>
    /// <param name="command">Words apart by spaces; no quoting.</param>
    /// <returns>What it wrote to standard output.</returns>
    public string Run(string command) => Run(command, DeadlineDefault);

    /// <summary>Runs a command; fails the test unless it ends with 0 in time.</summary>
    public string Run(string command, TimeSpan deadline)
    {
        CommandOutcome outcome = TryRun(command, deadline);
        Assert.True(outcome.ExitCode == 0, $"{Name}: '{command}' ended with {outcome.ExitCode}: {outcome.Output} {outcome.Error}");
        return outcome.Output;
    }

    /// <summary>Runs a command, whatever its exit code; fails the test if it does not end in time.</summary>
    public CommandOutcome TryRun(string command, TimeSpan? deadline = null) => TryRun(command.Split(' ', StringSplitOptions.RemoveEmptyEntries), deadline);

    /// <summary>Runs a command of words, whatever its exit code; fails the test if it does not end in time.</summary>
    public CommandOutcome TryRun(IReadOnlyList<string> words, TimeSpan? deadline = null)
    {
        using Process process = Start(words);
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(deadline ?? DeadlineDefault))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{Name}: '{string.Join(' ', words)}' did not end in time: {output.GetAwaiter().GetResult()} {error.GetAwaiter().GetResult()}");
        }

        return new CommandOutcome(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>Starts a command; it ends with the lab at the latest.</summary>
    public Process Start(IReadOnlyList<string> words)
    {
        string[] inside = words[0] == "ip" ? ["ip", "-n", Name, .. words.Skip(1)] : ["ip", "netns", "exec", Name, .. words];
        var start = new ProcessStartInfo(inside[0], inside.Skip(1)) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        return Process.Start(start)!;
    }

    /// <summary>Runs a delegate inside, on a thread of its own: sockets it opens stay in the namespace.</summary>
    public T Invoke<T>(Func<T> body) => NetworkNamespace.Run(Name, body);
}
