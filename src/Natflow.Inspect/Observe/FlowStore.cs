using Natflow.Core;
using Natflow.Inspect.Reassembly;

namespace Natflow.Inspect.Observe;

/// <summary>Flows under inspection and the pages they hold; makes room where there is none. One owner thread.</summary>
internal sealed class FlowStore : IDisposable
{
    private readonly InspectorCounters _counters;
    private readonly StreamReader _reader;
    private readonly PagePool _pool;
    private readonly FlowDirectory _flows;
    private readonly byte[] _prefix = new byte[StreamWindows.WindowBytesMax];
    private int _current; // The flow found last: whoever asks for pages asks for it.

    internal FlowStore(InspectorSettings settings, InspectorCounters counters, StreamReader reader, FlowHash hash)
    {
        _counters = counters;
        _reader = reader;
        _pool = new PagePool(Math.Max(1, settings.BufferBytes / PagePool.PageBytes));
        _flows = new FlowDirectory(settings.FlowCapacity, hash);
        Windows = new StreamWindows(_pool);
    }

    /// <summary>The windows of all flows.</summary>
    internal StreamWindows Windows { get; }

    /// <summary>Flows under inspection.</summary>
    internal int Count => _flows.Count;

    /// <summary>Finds a flow, or enters it.</summary>
    /// <param name="ends">Sender of a packet first.</param>
    /// <param name="isCanonical">Of these ends.</param>
    /// <param name="nowNs">Time of the packet.</param>
    /// <param name="index">Index of the flow.</param>
    internal ref FlowContext FindOrAdd(in FlowEnds ends, bool isCanonical, long nowNs, out int index)
    {
        FlowEnds canonical = isCanonical ? ends : ends.Reversed;
        index = _flows.Find(in canonical, out uint hash);
        if (index == FlowDirectory.None)
        {
            if (_flows.IsFull)
            {
                _counters.FlowsEvicted++;
                Remove(_flows.Oldest, nowNs);
            }

            index = _flows.Add(in canonical, hash);
            _flows[index].StartNs = nowNs;
            _flows[index].IsReplyFirst = !isCanonical;
            _counters.Flows++;
        }

        _current = index;
        return ref _flows[index];
    }

    /// <summary>Finds a flow.</summary>
    /// <returns>Its index, or <see cref="FlowDirectory.None"/>.</returns>
    internal int Find(in FlowEnds ends)
    {
        FlowEnds canonical = FlowDirectory.IsCanonical(in ends) ? ends : ends.Reversed;
        return _flows.Find(in canonical, out _);
    }

    /// <summary>Reports what a flow has said so far, and forgets it.</summary>
    internal void Remove(int index, long nowNs)
    {
        ref FlowContext context = ref _flows[index];
        ReportIncomplete(ref context.Forward, in context.Ends, context.IsReplyFirst, nowNs);
        ReportIncomplete(ref context.Backward, context.Ends.Reversed, !context.IsReplyFirst, nowNs);
        Windows.Release(ref context.Forward.Window);
        Windows.Release(ref context.Backward.Window);
        Windows.Release(ref context.Quic.Crypto);
        NoteHolding(index);
        _flows.Remove(index);
    }

    /// <summary>Notes after a packet of a flow whether bytes of it wait.</summary>
    internal void NoteHolding(int index)
    {
        _flows.NoteHolding(index);
        _counters.PagesUsed = _pool.UsedCount;
    }

    /// <summary>Forgets flows that were entered before a time and have not been seen since.</summary>
    /// <param name="beforeNs">The time.</param>
    /// <param name="nowNs">Now.</param>
    /// <param name="countMax">Bound of the work.</param>
    internal void RemoveOld(long beforeNs, long nowNs, int countMax)
    {
        for (int i = 0; i < countMax && _flows.Oldest != FlowDirectory.None && _flows[_flows.Oldest].StartNs < beforeNs; i++)
        {
            _counters.BudgetsSpent++;
            Remove(_flows.Oldest, nowNs);
        }
    }

    /// <summary>Forgets all flows, each with what it has said so far.</summary>
    /// <param name="nowNs">Now.</param>
    /// <param name="countMax">Bound of the work.</param>
    /// <returns>False when there are more.</returns>
    internal bool TryRemoveAll(long nowNs, int countMax)
    {
        for (int i = 0; i < countMax && _flows.Oldest != FlowDirectory.None; i++)
            Remove(_flows.Oldest, nowNs);
        return _flows.Oldest == FlowDirectory.None;
    }

    /// <summary>Makes a direction new.</summary>
    internal void Reset(ref StreamState stream)
    {
        Windows.Release(ref stream.Window);
        stream = default;
    }

    /// <summary>Takes the pages of the flow that holds some longest, for the flow found last.</summary>
    /// <returns>False when no other flow holds pages.</returns>
    internal bool TryFreePages()
    {
        int index = _flows.FirstHolder;
        if (index == _current) index = _flows[index].HoldsAfter;
        if (index == FlowDirectory.None) return false;

        ref FlowContext context = ref _flows[index];
        _counters.FlowsEvicted++;
        Free(ref context.Forward);
        Free(ref context.Backward);
        context.Quic.IsDone |= !context.Quic.Crypto.IsEmpty;
        Windows.Release(ref context.Quic.Crypto);
        NoteHolding(index);
        return true;
    }

    public void Dispose()
    {
        _pool.Dispose();
        _flows.Dispose();
    }

    private void Free(ref StreamState stream)
    {
        if (stream.Window.IsEmpty) return;
        Windows.Release(ref stream.Window);
        stream.Mode = StreamMode.Done;
    }

    private void ReportIncomplete(ref StreamState stream, in FlowEnds ends, bool isFromReply, long nowNs)
    {
        if (stream.Mode == StreamMode.Tls && !stream.Window.IsEmpty)
            _reader.ReadIncomplete(ref stream, in ends, isFromReply, Windows.Prefix(in stream.Window, _prefix), nowNs);
    }
}
