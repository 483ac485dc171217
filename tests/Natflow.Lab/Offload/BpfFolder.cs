using System.Diagnostics;

namespace Natflow.Lab.Offload;

/// <summary>A BPF file system of a test, which the gateway finds in its own mount namespace.</summary>
internal sealed class BpfFolder : IDisposable
{
    private static int _lastNumber;

    internal BpfFolder()
    {
        Mount = $"/run/nf-bpf-{Environment.ProcessId}-{Interlocked.Increment(ref _lastNumber)}";
        Directory.CreateDirectory(Mount);
        Run("mount", "-t", "bpf", "bpf", Mount);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>Where it is mounted.</summary>
    internal string Mount { get; }

    /// <summary>For a gateway.</summary>
    internal string Folder => $"{Mount}/natflow";

    /// <inheritdoc />
    public void Dispose()
    {
        if (!Directory.Exists(Mount))
            return;
        Run("umount", "-l", Mount);
        Directory.Delete(Mount);
    }

    private static void Run(params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(words[0], words.Skip(1)))!;
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"'{string.Join(' ', words)}' ended with {process.ExitCode}");
    }
}
