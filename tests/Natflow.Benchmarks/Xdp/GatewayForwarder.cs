using System.Diagnostics;
using System.Globalization;
using Natflow.Testing.Namespaces;

namespace Natflow.Benchmarks.Xdp;

/// <summary>The gateway itself, <c>natflow run</c> with NAT44 and one worker, in the lab's gateway namespace.</summary>
internal sealed class GatewayForwarder : IDisposable
{
    private const string ReadyText = "forwarding:";
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _folder = Directory.CreateTempSubdirectory("natflow-bench").FullName;
    private readonly List<string> _log = [];

    internal GatewayForwarder(TestNamespace gateway, int ringSize)
    {
        string config = Path.Combine(_folder, "natflow.conf");
        File.WriteAllText(config, Config(ringSize));
        _process = gateway.Start(["sh", "-c", $"exec dotnet {Path.Combine(AppContext.BaseDirectory, "natflow.dll")} run --config {config} 2>&1"]);
        using var ready = new ManualResetEvent(initialState: false);
        _process.OutputDataReceived += (_, line) => OnLine(line.Data, ready);
        _process.BeginOutputReadLine();
        if (!ready.WaitOne(ReadyTimeout) || _process.HasExited)
            throw new InvalidOperationException($"natflow run: {Log}");
    }

    /// <summary>What it said so far.</summary>
    internal string Log
    {
        get
        {
            lock (_log)
                return string.Join(Environment.NewLine, _log);
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        Directory.Delete(_folder, recursive: true);
    }

    private void OnLine(string? line, ManualResetEvent ready)
    {
        lock (_log)
            _log.Add(line ?? "it ended");
        if (line is null || line.Contains(ReadyText, StringComparison.Ordinal))
            SetIfOpen(ready);
    }

    private static void SetIfOpen(ManualResetEvent ready)
    {
        if (!ready.SafeWaitHandle.IsClosed)
            ready.Set();
    }

    private string Config(int ringSize) => string.Create(CultureInfo.InvariantCulture, $$"""
        natflow.gateway.run-directory = "{{_folder}}/run"
        natflow.gateway.state-directory = "{{_folder}}/state"
        natflow.ports.lan = [ { interface = {{ForwardLab.LanName}}, mode = af_xdp } ]
        natflow.ports.wan = [ { interface = {{ForwardLab.WanName}}, mode = af_xdp } ]
        natflow.ports.af-xdp.ring-size = {{ringSize}}
        natflow.nat.public = [ {{ForwardLab.Public}} ]
        natflow.nat.lan-prefixes = [ {{ForwardLab.LanPrefix}} ]
        natflow.nat.ports = 1024-60999
        natflow.capacity { flows = 65536, users = 1024 }
        natflow.workers.cpus = [ {{ForwardLab.ForwarderCpu}} ]

        """);
}
