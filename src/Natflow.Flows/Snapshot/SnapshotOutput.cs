using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Flows.Snapshot;

/// <summary>Gathers records to frames and writes them to a stream.</summary>
internal sealed class SnapshotOutput(Stream stream, CancellationToken cancellation)
{
    private readonly byte[] _buffer = new byte[SnapshotFrame.PayloadBytesMax];
    private SnapshotFrame _frame;
    private int _used;

    /// <summary>Adds a record.</summary>
    internal void Add<T>(SnapshotKind kind, int shardIndex, in T record)
        where T : unmanaged
    {
        int size = Unsafe.SizeOf<T>();
        if (_used != 0 && (_frame.Kind != kind || _frame.ShardIndex != shardIndex || _used + size > _buffer.Length))
            Flush();
        _frame.Kind = kind;
        _frame.ShardIndex = (ushort)shardIndex;
        MemoryMarshal.Write(_buffer.AsSpan(_used), in record);
        _used += size;
    }

    /// <summary>Writes the end mark: without it a reader takes nothing.</summary>
    internal void End()
    {
        if (_used != 0)
            Flush();
        Add(SnapshotKind.End, 0, _frame.Sequence);
        Flush();
    }

    /// <summary>Writes the frame that was gathered.</summary>
    /// <exception cref="OperationCanceledException">There is no time left.</exception>
    private void Flush()
    {
        cancellation.ThrowIfCancellationRequested();
        ReadOnlySpan<byte> payload = _buffer.AsSpan(0, _used);
        _frame.LengthBytes = (uint)_used;
        _frame.Checksum = _frame.ChecksumOf(payload);
        stream.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<SnapshotFrame>(in _frame)));
        stream.Write(payload);
        _frame.Sequence++;
        _used = 0;
    }
}
