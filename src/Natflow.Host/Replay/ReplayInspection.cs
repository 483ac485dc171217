using Natflow.Gateway.Replay;
using Natflow.Inspect.Observe;
using Natflow.Ports.Pcap;

namespace Natflow.Host.Replay;

/// <summary>What a replay writes of the payloads it saw. Files are made before anything is read, so that a wrong path costs no run.</summary>
internal sealed class ReplayInspection : IDisposable
{
    private readonly FileStream? _urlLog;

    private ReplayInspection(FileStream? urlLog)
    {
        _urlLog = urlLog;
        Capture = urlLog is null ? null : new CaptureInspection(InspectorSettings.ForCaptures);
    }

    /// <summary>Sees the recorded frames; null where nothing is to be written.</summary>
    internal CaptureInspection? Capture { get; }

    /// <summary>Why a file is not whole, or null.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Makes the files.</summary>
    /// <param name="urlLogPath">For a row an observation, or null.</param>
    /// <param name="error">Why a file cannot be made, or null.</param>
    internal static ReplayInspection Create(string? urlLogPath, out CaptureError? error)
    {
        error = null;
        if (urlLogPath is null) return new ReplayInspection(null);
        try
        {
            return new ReplayInspection(new FileStream(urlLogPath, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 16));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            error = CaptureError.From(exception, urlLogPath);
            return new ReplayInspection(null);
        }
    }

    /// <summary>Writes what was seen. After the run.</summary>
    internal void Write()
    {
        if (_urlLog is null) return;
        try
        {
            Capture!.Rows.WriteTo(_urlLog);
            _urlLog.Flush();
        }
        catch (IOException exception)
        {
            Failure = $"--url-log {_urlLog.Name}: {exception.Message}";
        }
    }

    public void Dispose()
    {
        Capture?.Dispose();
        _urlLog?.Dispose();
    }
}
