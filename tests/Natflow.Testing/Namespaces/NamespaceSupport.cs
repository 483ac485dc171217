namespace Natflow.Testing.Namespaces;

/// <summary>Whether this machine lets tests make network namespaces and veth pairs.</summary>
public static class NamespaceSupport
{
    /// <summary>Why tests in namespaces are skipped; null where they can run.</summary>
    public static string? SkipReason { get; } = Probe();

    private static string? Probe()
    {
        if (!OperatingSystem.IsLinux()) return "needs Linux";
        if (!Environment.IsPrivilegedProcess) return "needs root: makes network namespaces";
        string name = $"nf-{Environment.ProcessId}-t0-probe";
        try
        {
            if (CommandRunner.Run(["ip", "netns", "add", name]) is { ExitCode: not 0 } add)
                return $"'ip netns add' failed: {add.Error.Trim()}";
            string[] addVeth = ["ip", "-n", name, "link", "add", "nf0", "type", "veth", "peer", "name", "nf1"];
            CommandOutcome veth = CommandRunner.Run(addVeth);
            CommandOutcome delete = CommandRunner.Run(["ip", "netns", "del", name]);
            if (veth.ExitCode != 0) return $"this kernel makes no veth pair: {veth.Error.Trim()}";
            return delete.ExitCode != 0 ? $"'ip netns del' failed: {delete.Error.Trim()}" : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "needs 'ip' of iproute2";
        }
    }

    /// <summary>Deletes what an earlier test process left because it was killed: namespaces of processes that are gone.</summary>
    internal static void Sweep()
    {
        if (!Directory.Exists("/run/netns")) return;
        foreach (string path in Directory.EnumerateFiles("/run/netns", "nf-*-t*-*"))
        {
            string name = Path.GetFileName(path);
            if (int.TryParse(name.Split('-')[1], out int processId) && !Directory.Exists($"/proc/{processId}"))
                _ = CommandRunner.Run(["ip", "netns", "del", name]);
        }
    }
}
