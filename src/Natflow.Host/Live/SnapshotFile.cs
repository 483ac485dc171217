using Natflow.Actors.Event;
using Natflow.Flows.Snapshot;

namespace Natflow.Host.Live;

/// <summary>The file by which one gateway process hands its flows to the next: written whole or not at all, readable by its owner alone, used once.</summary>
internal sealed class SnapshotFile
{
    private const string Name = "flows.snapshot";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory;
    private readonly string _path;
    private readonly ILoggingAdapter _log;
    private readonly TimeProvider _clock;

    /// <summary>Names the file; nothing is read or written yet.</summary>
    internal SnapshotFile(string directory, ILoggingAdapter log, TimeProvider clock)
    {
        _directory = directory;
        _path = Path.Combine(directory, Name);
        _log = log;
        _clock = clock;
    }

    /// <summary>Writes a snapshot in place of an older one. What goes wrong is logged.</summary>
    /// <param name="write">Writes it to a stream; may be cancelled.</param>
    /// <returns>Whether it is there.</returns>
    internal bool TrySave(Action<Stream> write)
    {
        string temporary = $"{_path}.{Environment.ProcessId}.tmp";
        long start = _clock.GetTimestamp();
        try
        {
            Directory.CreateDirectory(_directory, OwnerOnly | UnixFileMode.UserExecute);
            long lengthBytes;
            using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = OwnerOnly }))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
                lengthBytes = stream.Length;
            }

            File.Move(temporary, _path, overwrite: true);
            _log.Info("flows kept for a restart: {0} bytes in {1} ms at {2}", lengthBytes, Math.Round(_clock.GetElapsedTime(start).TotalMilliseconds), _path);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            string reason = error is OperationCanceledException ? "there was no time left before gateway.drain-timeout" : error.Message;
            _log.Warning("flows are not kept for a restart: {0}", reason);
            TryDelete(temporary);
            return false;
        }
    }

    /// <summary>Opens a snapshot that can be taken up. One that cannot is logged and put aside.</summary>
    /// <param name="ageMax">Oldest that is taken up.</param>
    /// <param name="stream">To be disposed after the reader; null where there is none.</param>
    internal SnapshotReader? TryOpen(TimeSpan ageMax, out Stream? stream)
    {
        stream = null;
        if (!File.Exists(_path))
            return null;
        try
        {
            stream = new FileStream(_path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.Read });
            SnapshotError error = SnapshotReader.TryOpen(stream, _clock.GetUtcNow().ToUnixTimeMilliseconds(), ageMax, out SnapshotReader? reader);
            if (error == SnapshotError.None)
                return reader;
            stream.Dispose();
            _log.Warning("flows of the last run are not taken up: {0}: {1}", _path, WordsOf(error, ageMax));
            File.Move(_path, $"{_path}.refused", overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.Warning("flows of the last run are not taken up: {0}", error.Message);
        }

        stream?.Dispose();
        stream = null;
        return null;
    }

    /// <summary>Removes a snapshot that was taken up: it must not be taken up again.</summary>
    internal void Remove() => TryDelete(_path);

    private static string WordsOf(SnapshotError error, TimeSpan ageMax) => error switch
    {
        SnapshotError.NotASnapshot => "no snapshot of natflow",
        SnapshotError.OtherVersion => "written by another version",
        SnapshotError.Truncated => "it ends early",
        SnapshotError.TooOld => $"written more than {ageMax.TotalSeconds:0} s ago, or in the future",
        _ => "it is damaged",
    };

    private void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _log.Warning("{0} cannot be removed: {1}", path, error.Message);
        }
    }
}
