using Natflow.Ports.Pcap;

namespace Natflow.Conformance.Bench;

/// <summary>Writes what was sent and seen into a capture; into nothing unless the environment variable NATFLOW_CAPTURES is 1.</summary>
internal sealed class WireLog : IDisposable
{
    private const long NsPerMs = 1_000_000;
    private const long StartNs = 1_767_225_600L * 1_000_000_000; // 2026-01-01, where the bench's clock begins.

    private readonly PcapWriter? _writer;

    /// <summary>Opens a capture, or none.</summary>
    /// <param name="name">File name without ending.</param>
    internal WireLog(string name)
    {
        if (Environment.GetEnvironmentVariable("NATFLOW_CAPTURES") != "1" || Report.ReportFolder.Find() is not { } folder)
            return;
        string captures = System.IO.Path.Combine(folder, "captures");
        Directory.CreateDirectory(captures);
        Path = $"captures/{name}.pcap";
        Assert.True(PcapWriter.TryCreate(System.IO.Path.Combine(folder, Path), out _writer, out CaptureError? error), error?.ToString());
    }

    /// <summary>The capture, relative to the report; null where there is none.</summary>
    internal string? Path { get; }

    /// <summary>Appends a frame.</summary>
    internal void Write(long nowMs, byte[] frame) => _writer?.Write(StartNs + (nowMs * NsPerMs), frame, (uint)frame.Length);

    /// <inheritdoc />
    public void Dispose() => _writer?.Dispose();
}
