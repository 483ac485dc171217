using System.Collections.Concurrent;
using System.Diagnostics;
using Natflow.Netlink;

namespace Natflow.Testing.Namespaces;

/// <summary>
/// A network namespace of one test, with a name no other run uses and its loopback up. Disposal ends the processes started in it and
/// deletes it; what a test forgets goes when the process exits, and what a killed process left goes at the next run.
/// </summary>
/// <remarks>Methods may be called from any thread. Interface names are private to the namespace, so tests may use the same.</remarks>
public sealed class TestNamespace : IDisposable
{
    private static readonly ConcurrentDictionary<TestNamespace, bool> Living = new();
    private static int _lastNumber;

    private readonly ConcurrentBag<Process> _processes = [];
    private int _isDisposed;

    static TestNamespace()
    {
        NamespaceSupport.Sweep();
        AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
        {
            foreach (TestNamespace forgotten in Living.Keys)
                forgotten.Dispose();
        };
    }

    /// <summary>Makes a namespace.</summary>
    /// <param name="role">Ends the name, for people who look: <c>lan</c>, <c>gw</c>, <c>wan</c>.</param>
    public TestNamespace(string role = "ns")
    {
        Name = $"nf-{Environment.ProcessId}-t{Interlocked.Increment(ref _lastNumber)}-{role}";
        Check(["ip", "netns", "add", Name]);
        Living[this] = true;
        Run("ip link set lo up");
    }

    /// <summary>Name as <c>ip netns list</c> shows it.</summary>
    public string Name { get; }

    /// <summary>Runs a command inside; throws unless it ends with 0.</summary>
    /// <param name="command">Words apart by spaces; no quoting. See the other overload for arguments with spaces.</param>
    /// <returns>What the command wrote to standard output.</returns>
    public string Run(string command) => Run(command.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Runs a command inside; throws unless it ends with 0.</summary>
    /// <param name="command">Program and arguments.</param>
    /// <returns>What the command wrote to standard output.</returns>
    public string Run(IReadOnlyList<string> command) => Check(Inside(command));

    /// <summary>Runs a command inside with text on its standard input, for example <c>ip -batch -</c>; throws unless it ends with 0.</summary>
    public string RunWithInput(string command, string input) =>
        Check(Inside(command.Split(' ', StringSplitOptions.RemoveEmptyEntries)), input);

    /// <summary>Runs a command inside, whatever its exit code.</summary>
    public CommandOutcome TryRun(string command) =>
        CommandRunner.Run(Inside(command.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    /// <summary>Starts a server or generator inside; it is killed with the namespace at the latest.</summary>
    /// <returns>The process, with both outputs redirected: read them, or the process may stop when the pipe is full.</returns>
    public Process Start(IReadOnlyList<string> command)
    {
        Process process = CommandRunner.Start(Inside(command));
        _processes.Add(process);
        return process;
    }

    /// <summary>Runs a delegate inside, on a thread of its own: sockets it opens stay in the namespace.</summary>
    public T Invoke<T>(Func<T> body) => NetworkNamespace.Run(Name, body);

    /// <summary>Runs a delegate inside, on a thread of its own.</summary>
    public void Invoke(Action body) => NetworkNamespace.Run(Name, body);

    /// <summary>Joins this namespace and another by a veth pair, both ends up.</summary>
    /// <param name="other">The other end's namespace; may be this one.</param>
    /// <param name="name">Interface name here, at most 15 characters.</param>
    /// <param name="otherName">Interface name there.</param>
    /// <param name="settings">
    /// More of <c>ip link add</c> for this end, before <c>type</c>: for example <c>address 02:00:00:00:00:01 numrxqueues 2</c>.
    /// </param>
    public void AddVeth(TestNamespace other, string name, string otherName, string settings = "")
    {
        Run($"ip link add {name} {settings} type veth peer name {otherName} netns {other.Name}");
        Run($"ip link set {name} up");
        other.Run($"ip link set {otherName} up");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0) return;
        foreach (Process process in _processes)
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }

        Check(["ip", "netns", "del", Name]);
        Living.TryRemove(this, out _);
    }

    private static string Check(IReadOnlyList<string> command, string? input = null)
    {
        CommandOutcome outcome = CommandRunner.Run(command, input);
        return outcome.ExitCode == 0
            ? outcome.Output
            : throw new InvalidOperationException($"'{string.Join(' ', command)}' ended with {outcome.ExitCode}: {outcome.Error.Trim()}");
    }

    // "ip -n" saves a process that "ip netns exec" costs, and its mount of another /sys.
    private string[] Inside(IReadOnlyList<string> command) => command[0] == "ip"
        ? ["ip", "-n", Name, .. command.Skip(1)]
        : ["ip", "netns", "exec", Name, .. command];
}
