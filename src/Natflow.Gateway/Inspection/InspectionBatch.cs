using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Inspect.Apps;
using Natflow.Inspect.UrlLog;

namespace Natflow.Gateway.Inspection;

/// <summary>
/// Records and events on their way from a shard to the sink. A shard has a few and fills none while the sink has all of them: what waits meanwhile waits in the
/// shard's log, whose size bounds it. Who holds a batch alone touches it.
/// </summary>
public sealed class InspectionBatch
{
    private const int TextBytes = 1 << 18;
    private const int EventsMax = 1024;

    private static readonly int RecordBytes = Unsafe.SizeOf<UrlRecord>();

    private readonly byte[] _bytes = new byte[TextBytes];
    private readonly AppEvent[] _events = new AppEvent[EventsMax];
    private int _length;
    private int _eventCount;

    /// <summary>Events, in their order.</summary>
    public ReadOnlySpan<AppEvent> Events => _events.AsSpan(0, _eventCount);

    /// <summary>There is nothing in it.</summary>
    public bool IsEmpty => _length == 0 && _eventCount == 0;

    /// <summary>The longest record still fits.</summary>
    internal bool HasRoomForVisit => _bytes.Length - _length >= RecordBytes + VisitLog.TextBytesMax;

    /// <summary>An event still fits.</summary>
    internal bool HasRoomForEvent => _eventCount < _events.Length;

    /// <summary>Reads the next record.</summary>
    /// <param name="position">0 at first; moved on.</param>
    /// <param name="record">The record.</param>
    /// <param name="text">Host and URI.</param>
    public bool TryRead(ref int position, out UrlRecord record, out ReadOnlySpan<byte> text)
    {
        record = default;
        text = default;
        if (position >= _length)
            return false;
        record = MemoryMarshal.Read<UrlRecord>(_bytes.AsSpan(position));
        text = _bytes.AsSpan(position + RecordBytes, record.TextBytes);
        position += RecordBytes + record.TextBytes;
        return true;
    }

    internal void Add(in UrlRecord record, ReadOnlySpan<byte> text)
    {
        MemoryMarshal.Write(_bytes.AsSpan(_length), in record);
        text.CopyTo(_bytes.AsSpan(_length + RecordBytes));
        _length += RecordBytes + text.Length;
    }

    internal void Add(in AppEvent appEvent) => _events[_eventCount++] = appEvent;

    internal void Clear()
    {
        _length = 0;
        _eventCount = 0;
    }
}
