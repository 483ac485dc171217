using System.Diagnostics;

namespace Natflow.Ports.Pcap;

/// <summary>
/// A fixed buffer that moves over a stream once, from front to back. Whatever lengths a capture claims, this is all the memory that
/// reading it takes.
/// </summary>
internal sealed class CaptureWindow : IDisposable
{
    /// <summary>Size of the buffer; the longest <see cref="TryPeek"/>.</summary>
    internal const int BufferBytes = 64 * 1024;

    private readonly byte[] _buffer = new byte[BufferBytes];
    private readonly Stream _stream;
    private int _start;
    private int _end;
    private long _startOffset;
    private bool _ended;

    internal CaptureWindow(Stream stream) => _stream = stream;

    /// <summary>Offset in the stream of the next byte.</summary>
    internal long Position => Volatile.Read(ref _startOffset);

    /// <summary>The operating system's or the decompressor's message when reading failed; the stream counts as ended there.</summary>
    internal string? Failure { get; private set; }

    /// <summary>Bytes that can be had without reading; when a call has just failed, all that are left.</summary>
    internal int BufferedBytes => _end - _start;

    /// <summary>After a failed <see cref="TryPeek"/>: the stream ended exactly here, and not because reading failed.</summary>
    internal bool EndedCleanly => BufferedBytes == 0 && Failure is null;

    /// <summary>The next bytes without taking them; false when fewer are left. Valid until the next call.</summary>
    internal bool TryPeek(int count, out ReadOnlySpan<byte> bytes)
    {
        Debug.Assert(count <= BufferBytes, "a peek fits the buffer");
        if (_end - _start < count && !TryFill(count))
        {
            bytes = default;
            return false;
        }

        bytes = _buffer.AsSpan(_start, count);
        return true;
    }

    /// <summary>Takes bytes that were peeked at.</summary>
    internal void Advance(int count)
    {
        Debug.Assert(count <= BufferedBytes, "only what was seen can be taken");
        _start += count;
        _startOffset += count;
    }

    /// <summary>Takes exactly as many bytes as <paramref name="destination"/> holds; false when fewer are left.</summary>
    internal bool TryTake(Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            if (_start == _end && !TryFill(1))
                return false;
            int count = Math.Min(destination.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(destination);
            destination = destination[count..];
            Advance(count);
        }

        return true;
    }

    /// <summary>Passes over bytes by reading them; false when fewer are left.</summary>
    internal bool TrySkip(long count)
    {
        while (count > 0)
        {
            if (_start == _end && !TryFill(1))
                return false;
            int step = (int)Math.Min(count, _end - _start);
            count -= step;
            Advance(step);
        }

        return true;
    }

    public void Dispose() => _stream.Dispose();

    // Reads until `count` bytes are buffered or the stream ends; a read of a pipe may return less than asked for.
    private bool TryFill(int count)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        while (_end < count && !_ended)
        {
            int read = ReadStream(_buffer.AsSpan(_end));
            _ended = read == 0;
            _end += read;
        }

        return _end >= count;
    }

    private int ReadStream(Span<byte> destination)
    {
        try
        {
            return _stream.Read(destination);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            Failure = exception.Message;
            return 0;
        }
    }
}
