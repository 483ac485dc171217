using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Flows.Shards;

namespace Natflow.Flows.Snapshot;

/// <summary>
/// Reads a snapshot: first all of it for its checksums, then again to take it up, so that a damaged one changes nothing. Any bytes give a result;
/// memory is one frame's.
/// </summary>
public sealed class SnapshotReader
{
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[SnapshotFrame.PayloadBytesMax];
    private readonly SnapshotHeader _header;

    private SnapshotReader(Stream stream, in SnapshotHeader header)
    {
        _stream = stream;
        _header = header;
    }

    /// <summary>What the snapshot says of itself.</summary>
    public SnapshotHeader Header => _header;

    /// <summary>Checks a snapshot.</summary>
    /// <param name="stream">One that can seek; at its beginning.</param>
    /// <param name="unixMs">The time of day: ms since 1970-01-01 UTC.</param>
    /// <param name="ageMax">Oldest that is taken up. A time in the future by less than that counts as now: clocks are set.</param>
    /// <param name="reader">The reader, on <see cref="SnapshotError.None"/>.</param>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public static SnapshotError TryOpen(Stream stream, long unixMs, TimeSpan ageMax, out SnapshotReader? reader)
    {
        reader = null;
        var header = default(SnapshotHeader);
        if (!TryRead(stream, ref header) || header.Magic != SnapshotHeader.MagicNow)
            return SnapshotError.NotASnapshot;
        if (header.Version != SnapshotHeader.VersionNow)
            return SnapshotError.OtherVersion;
        if (header.Checksum != ChecksumOf(in header) || header.ShardCount is 0 or > 256)
            return SnapshotError.Damaged;
        if (Math.Abs((decimal)unixMs - header.SavedAtUnixMs) > (decimal)ageMax.TotalMilliseconds)
            return SnapshotError.TooOld;
        var opened = new SnapshotReader(stream, in header);
        SnapshotError error = opened.Check();
        if (error == SnapshotError.None)
            reader = opened;
        return error;
    }

    /// <summary>Takes the snapshot up.</summary>
    /// <param name="shards">All shards of the gateway, fresh; nobody uses them meanwhile.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <param name="unixMs">The time of day: ms since 1970-01-01 UTC.</param>
    /// <returns>What was taken, and what was not for which reason.</returns>
    /// <exception cref="IOException">The stream cannot be read.</exception>
    public SnapshotReport Restore(IReadOnlyList<ShardState> shards, long nowMs, long unixMs)
    {
        var report = new SnapshotReport { AwayMs = Math.Max(0, unixMs - _header.SavedAtUnixMs) };
        var taker = new SnapshotTaker(shards, report, nowMs, in _header);
        _stream.Position = SnapshotHeader.SizeBytes;
        while (TryReadFrame(out SnapshotFrame frame, out ReadOnlySpan<byte> payload) == SnapshotError.None && frame.Kind != SnapshotKind.End)
            taker.Take(in frame, payload);
        return report;
    }

    internal static uint ChecksumOf(in SnapshotHeader header) => SnapshotFrame.ChecksumOfBytes(
        MemoryMarshal.AsBytes(new ReadOnlySpan<SnapshotHeader>(in header))[..(int)Marshal.OffsetOf<SnapshotHeader>(nameof(SnapshotHeader.Checksum))]);

    private static bool TryRead<T>(Stream stream, ref T value)
        where T : unmanaged
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<T>(ref value));
        return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
    }

    private SnapshotError Check()
    {
        for (uint sequence = 0; ; sequence++)
        {
            SnapshotError error = TryReadFrame(out SnapshotFrame frame, out ReadOnlySpan<byte> payload);
            if (error != SnapshotError.None)
                return error;
            if (frame.Sequence != sequence || frame.ShardIndex >= _header.ShardCount)
                return SnapshotError.Damaged;
            if (frame.Kind == SnapshotKind.End)
                return payload.Length == sizeof(uint) && MemoryMarshal.Read<uint>(payload) == sequence ? SnapshotError.None : SnapshotError.Damaged;
        }
    }

    private SnapshotError TryReadFrame(out SnapshotFrame frame, out ReadOnlySpan<byte> payload)
    {
        Unsafe.SkipInit(out frame);
        payload = default;
        if (!TryRead(_stream, ref frame))
            return SnapshotError.Truncated;
        int recordBytes = frame.RecordBytes;
        if (frame.LengthBytes is 0 or > SnapshotFrame.PayloadBytesMax || recordBytes == 0 || frame.LengthBytes % (uint)recordBytes != 0)
            return SnapshotError.Damaged;
        Span<byte> bytes = _buffer.AsSpan(0, (int)frame.LengthBytes);
        if (_stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) != bytes.Length)
            return SnapshotError.Truncated;
        payload = bytes;
        return frame.ChecksumOf(bytes) == frame.Checksum ? SnapshotError.None : SnapshotError.Damaged;
    }
}
