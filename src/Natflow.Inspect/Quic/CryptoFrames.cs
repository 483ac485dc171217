namespace Natflow.Inspect.Quic;

/// <summary>Walks the frames of an Initial packet (RFC 9000 section 12.4) for CRYPTO frames. Total over any bytes.</summary>
internal ref struct CryptoFrames(ReadOnlySpan<byte> frames)
{
    private const ulong Padding = 0x00;
    private const ulong Ping = 0x01;
    private const ulong Ack = 0x02;
    private const ulong AckWithEcn = 0x03;
    private const ulong Crypto = 0x06;
    private const ulong GoogleCrypto = 0x08; // T050 and T051. Elsewhere a STREAM frame, which an Initial packet cannot hold.
    private const int AckRangesMax = 4096;

    private readonly ReadOnlySpan<byte> _frames = frames;
    private int _offset;

    /// <summary>Finds the next CRYPTO frame.</summary>
    /// <param name="position">Offset of its bytes in the stream.</param>
    /// <param name="bytes">The bytes.</param>
    /// <returns>False at the packet's end, at a frame that closes, and at one that an Initial packet cannot hold.</returns>
    internal bool TryNext(out ulong position, out ReadOnlySpan<byte> bytes)
    {
        position = 0;
        bytes = default;
        while (TryReadType(out ulong type))
        {
            switch (type)
            {
                case Ping:
                    break;
                case Ack or AckWithEcn when TrySkipAck(type == AckWithEcn):
                    break;
                case Crypto or GoogleCrypto:
                    if (!TryRead(out position) || !TryRead(out ulong length) || length > (ulong)(_frames.Length - _offset)) return false;
                    bytes = _frames.Slice(_offset, (int)length);
                    _offset += (int)length;
                    return true;
                default:
                    return false;
            }
        }

        return false;
    }

    // Padding frames are single zeros, hundreds of them.
    private bool TryReadType(out ulong type)
    {
        int skipped = _frames[_offset..].IndexOfAnyExcept((byte)Padding);
        type = Padding;
        if (skipped < 0) return false;
        _offset += skipped;
        return TryRead(out type);
    }

    private bool TrySkipAck(bool hasEcn)
    {
        if (!TryRead(out _) || !TryRead(out _) || !TryRead(out ulong rangeCount) || !TryRead(out _) || rangeCount > AckRangesMax) return false;
        ulong numbers = (rangeCount * 2) + (hasEcn ? 3UL : 0);
        for (ulong i = 0; i < numbers; i++)
        {
            if (!TryRead(out _)) return false;
        }

        return true;
    }

    private bool TryRead(out ulong value) => QuicVarint.TryRead(_frames, ref _offset, out value);
}
