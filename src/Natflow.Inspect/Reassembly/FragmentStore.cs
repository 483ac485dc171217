using System.Numerics;

using Natflow.Core;
using Natflow.Inspect.Observe;
using Natflow.Memory;

namespace Natflow.Inspect.Reassembly;

/// <summary>Puts datagrams together. Sets of eight; the one unused longest gives way. Off the heap. One owner thread.</summary>
internal sealed class FragmentStore : IDisposable
{
    private const int Ways = 8;
    private const int PagesPerDatagram = 4; // On average: most fragmented datagrams are of a few kilobytes.

    private readonly NativeArray<Entry> _entries;
    private readonly uint _setMask;
    private readonly FlowHash _hash;
    private readonly InspectorCounters _counters;
    private readonly PagePool _pool;
    private readonly StreamWindows _windows;
    private readonly byte[] _datagram = new byte[StreamWindows.WindowBytesMax];
    private ulong _useCount;

    internal FragmentStore(int capacity, FlowHash hash, InspectorCounters counters)
    {
        int setCount = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, capacity / Ways));
        _entries = new NativeArray<Entry>(setCount * Ways);
        _setMask = (uint)setCount - 1;
        _hash = hash;
        _counters = counters;
        _pool = new PagePool(setCount * Ways * PagesPerDatagram);
        _windows = new StreamWindows(_pool);
    }

    /// <summary>Adds a fragment.</summary>
    /// <param name="key">Its datagram.</param>
    /// <param name="offset">Offset of its bytes.</param>
    /// <param name="hasMore">It is not the last.</param>
    /// <param name="protocol">What the datagram holds, where this is the first fragment.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="datagram">The whole payload, until the next call.</param>
    /// <param name="datagramProtocol">What it holds.</param>
    /// <returns>True when the datagram is whole.</returns>
    internal bool TryComplete(
        scoped in FragmentKey key, int offset, bool hasMore, byte protocol, ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> datagram, out byte datagramProtocol)
    {
        datagram = default;
        datagramProtocol = 0;
        if (bytes.IsEmpty) return false;

        ref Entry entry = ref FindOrAdd(in key);
        if (_windows.TryWrite(ref entry.Window, offset, bytes) != WindowResult.Kept)
        {
            _counters.FragmentsDropped++;
            return false;
        }

        if (offset == 0) entry.Protocol = protocol;
        if (!hasMore) entry.TotalBytes = offset + bytes.Length;
        if (entry.TotalBytes == 0 || entry.Window.Ranges.PrefixBytes < entry.TotalBytes) return false;

        datagram = _datagram.AsSpan(0, entry.TotalBytes);
        _windows.Copy(in entry.Window, 0, _datagram.AsSpan(0, entry.TotalBytes));
        datagramProtocol = entry.Protocol;
        Free(ref entry);
        return true;
    }

    public void Dispose()
    {
        _entries.Dispose();
        _pool.Dispose();
    }

    private ref Entry FindOrAdd(in FragmentKey key)
    {
        uint first = (_hash.OfIpv6(key.Source, key.Destination, ((ulong)key.Identification << 8) | key.Protocol) & _setMask) * Ways;
        uint oldest = first;
        for (uint index = first; index < first + Ways; index++)
        {
            ref Entry candidate = ref _entries[index];
            if (candidate.LastUse != 0 && candidate.Key == key)
            {
                candidate.LastUse = ++_useCount;
                return ref candidate;
            }

            if (candidate.LastUse < _entries[oldest].LastUse) oldest = index;
        }

        ref Entry entry = ref _entries[oldest];
        if (entry.LastUse != 0)
        {
            _counters.FragmentsDropped++;
            Free(ref entry);
        }

        entry.Key = key;
        entry.LastUse = ++_useCount;
        return ref entry;
    }

    private void Free(ref Entry entry)
    {
        _windows.Release(ref entry.Window);
        entry = default;
    }

    private struct Entry
    {
        internal FragmentKey Key;
        internal ulong LastUse;
        internal StreamWindow Window;
        internal int TotalBytes;
        internal byte Protocol;
    }
}
