using System.Text;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.UrlLog;

namespace Natflow.Gateway.Inspection;

/// <summary>
/// A file that records or events are appended to, made when the first comes. One that cannot be written loses what came meanwhile, counted, and is tried again with
/// the next batch: inspection goes on. A file that was renamed or removed is made anew. One thread.
/// </summary>
public sealed class RecordFile : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly string _path;
    private readonly UrlLogFormat _format;
    private readonly long _bootNs;
    private readonly byte[] _record = new byte[UrlRecordV2.RecordBytesMax];
    private FileStream? _file;
    private int _pending;

    /// <summary>Names the file; nothing is opened yet.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="format">What is written.</param>
    /// <param name="bootNs">When the machine started, nanoseconds since 1970: binary records count from there.</param>
    public RecordFile(string path, UrlLogFormat format, long bootNs)
    {
        _path = path;
        _format = format;
        _bootNs = bootNs;
    }

    /// <summary>Records and events that were not written.</summary>
    public ulong NotWritten { get; private set; }

    /// <summary>Why the file was not written last, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>Appends a record. The original's binary form knows no inferred names: these are left out of it.</summary>
    public void Write(in UrlRecord record, ReadOnlySpan<byte> text)
    {
        if (_format == UrlLogFormat.Binary)
        {
            if (!record.IsInferred)
                Write(_record.AsSpan(0, UrlRecordV2.Write(in record, text, _bootNs, _record)));
            return;
        }

        string line = _format == UrlLogFormat.Json ? UrlText.ToJson(in record, text) : UrlText.ToTsv(in record, text);
        Write(Encoding.ASCII.GetBytes(line + "\n"));
    }

    /// <summary>Appends an event.</summary>
    public void Write(in AppEvent appEvent, AppCatalogue catalogue)
    {
        if (_format == UrlLogFormat.Binary)
        {
            Write(_record.AsSpan(0, AppEventV3.Write(in appEvent, catalogue.Revision, _bootNs, _record)));
            return;
        }

        string line = _format == UrlLogFormat.Json ? AppEventText.ToJson(in appEvent, catalogue) : AppEventText.ToTsv(in appEvent, catalogue);
        Write(Encoding.ASCII.GetBytes(line + "\n"));
    }

    /// <summary>Gives what was appended to the kernel.</summary>
    public void Flush()
    {
        try
        {
            _file?.Flush();
            _pending = 0;
        }
        catch (IOException error)
        {
            Fail(error);
        }
    }

    /// <summary>Looks whether the file is still where it was; before a batch.</summary>
    public void Check()
    {
        if (_file is not null && !File.Exists(_path))
            Close();
    }

    /// <inheritdoc />
    public void Dispose() => Close();

    private void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _file ??= new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, BufferBytes);
            _pending++;
            _file.Write(bytes);
            Failure = null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _pending = Math.Max(_pending, 1);
            Fail(error);
        }
    }

    private void Fail(Exception error)
    {
        NotWritten += (ulong)_pending;
        _pending = 0;
        Failure = $"{_path}: {error.Message}";
        Close();
    }

    private void Close()
    {
        try
        {
            _file?.Dispose();
        }
        catch (IOException)
        {
            NotWritten += (ulong)_pending; // What the buffer still held.
        }

        _pending = 0;
        _file = null;
    }
}
