using System.Diagnostics;

namespace Natflow.Testing.Bpf;

/// <summary>A BPF file system of a test, whether the machine has one mounted or not.</summary>
public sealed class BpfFolder : IDisposable
{
    private static int _lastNumber;

    /// <summary>Mounts one; the test fails where that is not allowed.</summary>
    public BpfFolder()
    {
        Mount = $"/run/nf-bpf-{Environment.ProcessId}-{Interlocked.Increment(ref _lastNumber)}";
        Directory.CreateDirectory(Mount);
        Run("mount", "-t", "bpf", "bpf", Mount);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>Where it is mounted.</summary>
    public string Mount { get; }

    /// <summary>For a gateway.</summary>
    public string Folder => $"{Mount}/natflow";

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
