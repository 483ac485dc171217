using System.Buffers.Binary;

namespace Natflow.Host.Lab.Servers;

/// <summary>A stream of a given length whose bytes are known to both ends, and never repeat within it: what is lost, doubled or swapped shows.</summary>
public sealed class PatternStream : Stream
{
    private const ulong Step = 0x9E3779B97F4A7C15; // SplitMix64.
    private readonly byte[] _word = new byte[sizeof(ulong)];
    private readonly long _lengthBytes;
    private long _position;

    /// <summary>Makes a stream.</summary>
    /// <param name="lengthBytes">Its length.</param>
    public PatternStream(long lengthBytes) => _lengthBytes = lengthBytes;

    /// <inheritdoc />
    public override bool CanRead => true;

    /// <inheritdoc />
    public override bool CanSeek => false;

    /// <inheritdoc />
    public override bool CanWrite => false;

    /// <inheritdoc />
    public override long Length => _lengthBytes;

    /// <inheritdoc />
    public override long Position { get => _position; set => throw new NotSupportedException(); }

    /// <inheritdoc />
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc />
    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, _lengthBytes - _position);
        for (int done = 0; done < wanted;)
        {
            int inWord = (int)(_position & 7);
            ulong word = Word((ulong)_position >> 3);
            if (inWord == 0 && wanted - done >= sizeof(ulong))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(buffer[done..], word);
                Advance(ref done, sizeof(ulong));
                continue;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(_word, word);
            int length = Math.Min(sizeof(ulong) - inWord, wanted - done);
            _word.AsSpan(inWord, length).CopyTo(buffer[done..]);
            Advance(ref done, length);
        }

        return wanted;
    }

    /// <inheritdoc />
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    /// <inheritdoc />
    public override void Flush()
    {
    }

    /// <inheritdoc />
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc />
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private static ulong Word(ulong index)
    {
        ulong mixed = (index + 1) * Step;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    private void Advance(ref int done, int length)
    {
        done += length;
        _position += length;
    }
}
