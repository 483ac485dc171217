using System.Diagnostics;
using System.Globalization;

namespace Natflow.Cluster.Tests.MultiNode;

/// <summary>Runs the nodes of a scenario, each as a process, from barrier to barrier; between two of them it kills, stops and continues whom it wants.</summary>
internal sealed class MultiNodeConductor : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, Process> _nodes = new(StringComparer.Ordinal);
    private readonly List<string> _claims = [];

    internal MultiNodeConductor(string scenario, IReadOnlyList<Uri> etcd, params string[] roles)
    {
        foreach (string role in roles)
        {
            string[] arguments = [typeof(MultiNodeConductor).Assembly.Location, scenario, role, .. etcd.Select(static uri => uri.ToString())];
            _nodes.Add(role, Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!);
        }
    }

    /// <summary>What nodes have said of the tokens under which they owned shards: shard/token.</summary>
    internal IReadOnlyList<string> Claims => _claims;

    /// <summary>Waits until some nodes have come to a barrier; they stay there.</summary>
    internal async Task AwaitBarrier(string name, params string[] roles)
    {
        foreach (string role in roles)
            Assert.Equal($"barrier {name}", await Read(role));
    }

    /// <summary>Lets nodes go on from a barrier.</summary>
    internal void Release(string name, params string[] roles)
    {
        foreach (string role in roles)
            _nodes[role].StandardInput.WriteLine(name);
    }

    /// <summary>Waits until nodes have come to a barrier, and lets them go on.</summary>
    internal async Task PassBarrier(string name, params string[] roles)
    {
        await AwaitBarrier(name, roles);
        Release(name, roles);
    }

    /// <summary>Ends a node at once.</summary>
    internal void Kill(string role) => _nodes[role].Kill();

    /// <summary>Sends a node a signal, STOP or CONT.</summary>
    internal void Signal(string role, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _nodes[role].Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Waits until nodes are over: every step of theirs held.</summary>
    internal async Task AwaitEnd(params string[] roles)
    {
        foreach (string role in roles)
        {
            while (await Read(role) is { Length: > 0 } line)
            {
                Assert.StartsWith("claim ", line, StringComparison.Ordinal);
                _claims.Add(line["claim ".Length..]);
            }

            await _nodes[role].WaitForExitAsync().WaitAsync(Patience, TimeProvider.System);
            Assert.Equal(0, _nodes[role].ExitCode);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (Process node in _nodes.Values)
        {
            if (!node.HasExited)
                node.Kill();
            node.WaitForExit();
            node.Dispose();
        }
    }

    private async Task<string> Read(string role) => await _nodes[role].StandardOutput.ReadLineAsync().WaitAsync(Patience, TimeProvider.System) ?? string.Empty;
}
