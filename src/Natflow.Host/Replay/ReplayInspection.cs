using Natflow.Gateway.Replay;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Observe;
using Natflow.Ports.Pcap;

namespace Natflow.Host.Replay;

/// <summary>What a replay writes of the payloads it saw. Files are made before anything is read, so that a wrong path costs no run.</summary>
internal sealed class ReplayInspection : IDisposable
{
    // Fixed, so that two runs over the same capture give the same output.
    private const ulong Seed = 1;
    private const int FileBufferBytes = 1 << 16;

    private FileStream? _urlLog;
    private FileStream? _appLog;
    private AppCatalogue? _catalogue;
    private AppObserver? _apps;

    /// <summary>Sees the recorded frames; null where nothing is to be written.</summary>
    internal CaptureInspection? Capture { get; private set; }

    /// <summary>Why a file is not whole, or null.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Makes the files.</summary>
    /// <param name="options">Name them.</param>
    /// <param name="error">Why a file cannot be made, or null.</param>
    internal static ReplayInspection Create(ReplayOptions options, out CaptureError? error)
    {
        var inspection = new ReplayInspection();
        inspection._urlLog = TryCreate(options.UrlLogPath, out error);
        if (error is null) inspection._appLog = TryCreate(options.AppsPath, out error);
        if (error is null && (inspection._urlLog ?? inspection._appLog) is not null) inspection.Start();
        return inspection;
    }

    /// <summary>Writes what was seen. After the run.</summary>
    internal void Write()
    {
        TryWrite("--url-log", _urlLog, file => Capture!.Rows.WriteTo(file));
        TryWrite("--apps", _appLog, file => AppRows.WriteTo(_apps!, file));
    }

    public void Dispose()
    {
        Capture?.Dispose();
        _apps?.Dispose();
        _catalogue?.Dispose();
        _urlLog?.Dispose();
        _appLog?.Dispose();
    }

    private static FileStream? TryCreate(string? path, out CaptureError? error)
    {
        error = null;
        if (path is null) return null;
        try
        {
            return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, FileBufferBytes);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            error = CaptureError.From(exception, path);
            return null;
        }
    }

    private void Start()
    {
        InspectorSettings settings = InspectorSettings.ForCaptures;
        if (_appLog is not null)
        {
            _catalogue = AppCatalogue.LoadBuiltIn(Seed);
            _apps = new AppObserver(_catalogue, new AppObserverSettings { Seed = Seed });
            settings = settings with { ReportsAnswers = true };
        }

        Capture = new CaptureInspection(settings, _apps);
    }

    private void TryWrite(string option, FileStream? file, Action<FileStream> write)
    {
        if (file is null) return;
        try
        {
            write(file);
            file.Flush();
        }
        catch (IOException exception)
        {
            Failure = $"{option} {file.Name}: {exception.Message}";
        }
    }
}
