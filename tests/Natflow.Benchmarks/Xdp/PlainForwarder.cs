using System.Diagnostics;
using Natflow.Testing.Namespaces;

namespace Natflow.Benchmarks.Xdp;

/// <summary>The C forwarder without NAT (<c>c/xdp_forward.c</c>): built by the C compiler of the machine, run inside the gateway's namespace.</summary>
internal sealed class PlainForwarder : IDisposable
{
    private readonly Process _process;

    internal PlainForwarder(TestNamespace gateway, int ringSize, int budget)
    {
        _process = gateway.Start(
            [Build(), ForwardLab.LanName, ForwardLab.WanName, $"{ForwardLab.ForwarderCpu}", $"{ringSize}", $"{budget}"]);
        if (_process.StandardOutput.ReadLine() != "ready")
            throw new InvalidOperationException($"xdp_forward: {_process.StandardError.ReadToEnd()}");
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    private static string Build()
    {
        string source = Path.Combine(AppContext.BaseDirectory, "c", "xdp_forward.c");
        string program = Path.Combine(AppContext.BaseDirectory, "xdp_forward");
        if (File.Exists(program) && File.GetLastWriteTimeUtc(program) >= File.GetLastWriteTimeUtc(source))
            return program;
        using Process compiler = Process.Start("cc", ["-O2", "-march=native", "-o", program, source]);
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? program : throw new InvalidOperationException("cc could not build xdp_forward.c");
    }
}
