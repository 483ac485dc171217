namespace Natflow.Ports.Pcap;

/// <summary>
/// The buffered end of a capture writer. A failing write (disk full) is remembered once; from then on records are counted as lost.
/// </summary>
internal sealed class CaptureOutput(Stream stream) : IDisposable
{
    private const int BufferBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private int _used;

    /// <summary>Message of the first write that failed.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Creates or overwrites a file.</summary>
    internal static CaptureOutput? Create(string path, out CaptureError? error)
    {
        try
        {
            error = null;
            return new CaptureOutput(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            error = CaptureError.From(exception, path);
            return null;
        }
    }

    /// <summary>Appends bytes.</summary>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_used == BufferBytes)
                Flush();
            int count = Math.Min(bytes.Length, BufferBytes - _used);
            bytes[..count].CopyTo(_buffer.AsSpan(_used));
            _used += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Hands what is buffered to the operating system.</summary>
    internal void Flush()
    {
        try
        {
            if (Failure is null)
                stream.Write(_buffer, 0, _used);
        }
        catch (IOException exception)
        {
            Failure = exception.Message;
        }

        _used = 0;
    }

    public void Dispose()
    {
        Flush();
        stream.Dispose();
    }
}
