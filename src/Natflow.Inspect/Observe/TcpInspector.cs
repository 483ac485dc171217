using Natflow.Inspect.Reassembly;
using Natflow.Packets;

namespace Natflow.Inspect.Observe;

/// <summary>Puts the segments of a TCP connection in order and gives them to the reader. Of bytes that come twice, the first count. One owner thread.</summary>
internal sealed class TcpInspector(FlowStore store, StreamReader reader, InspectorSettings settings, InspectorCounters counters)
{
    // A segment far ahead may need many pages; flows hold one or two each.
    private const int FreeAttemptsMax = 32;

    private readonly byte[] _prefix = new byte[StreamWindows.WindowBytesMax];

    /// <summary>Handles a segment.</summary>
    /// <param name="ends">Sender first.</param>
    /// <param name="segment">Its header.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="nowNs">Time of the packet.</param>
    internal InspectOutcome OnSegment(in FlowEnds ends, TcpSegment segment, ReadOnlySpan<byte> payload, long nowNs)
    {
        bool isForward = FlowDirectory.IsCanonical(in ends);
        ref FlowContext context = ref store.FindOrAdd(in ends, isForward, nowNs, out int index);
        ref StreamState stream = ref isForward ? ref context.Forward : ref context.Backward;
        ref StreamState other = ref isForward ? ref context.Backward : ref context.Forward;

        uint sequence = segment.Sequence;
        if ((segment.Flags & TcpFlags.Syn) != 0)
        {
            OnSyn(ref context, ref stream, ref other, segment, isForward);
            sequence++;
        }

        if (!payload.IsEmpty && stream.Mode != StreamMode.Done)
        {
            counters.Packets++;
            context.Packets++;
            OnPayload(ref context, ref stream, in ends, sequence, payload, nowNs);
        }

        store.NoteHolding(index);
        return Decide(ref context, index, segment.Flags, nowNs);
    }

    // A SYN that does not stand before what was seen begins a new connection of the same ends. It may come late, even behind the first bytes.
    private void OnSyn(ref FlowContext context, ref StreamState stream, ref StreamState other, TcpSegment segment, bool isForward)
    {
        bool isAnswer = (segment.Flags & TcpFlags.Ack) != 0;
        uint first = segment.Sequence + 1;
        if (!stream.HasBase || stream.FirstSequence != first)
        {
            if (!isAnswer && (stream.HasBase || other.HasBase))
            {
                store.Reset(ref other);
                context.Requests = 0;
                context.Packets = 0;
            }

            store.Reset(ref stream);
            Begin(ref stream, first);
        }

        context.IsReplyFirst = isForward == isAnswer;
        if (isAnswer && !other.HasBase) Begin(ref other, segment.Acknowledgement);
    }

    private static void Begin(ref StreamState stream, uint first)
    {
        stream.BaseSequence = stream.FirstSequence = first;
        stream.HasBase = true;
    }

    private void OnPayload(ref FlowContext context, ref StreamState stream, in FlowEnds ends, uint sequence, ReadOnlySpan<byte> payload, long nowNs)
    {
        if (!stream.HasBase) Begin(ref stream, sequence);

        int offset = (int)(sequence - stream.BaseSequence);
        if (offset < 0)
        {
            if (-(long)offset >= payload.Length) return;
            payload = payload[-offset..];
            offset = 0;
        }

        if (offset == 0 && stream.Window.IsEmpty)
            ReadDirectly(ref context, ref stream, in ends, payload, nowNs);
        else
            ReadThroughWindow(ref context, ref stream, in ends, offset, payload, nowNs);
    }

    private void ReadDirectly(ref FlowContext context, ref StreamState stream, in FlowEnds ends, ReadOnlySpan<byte> payload, long nowNs)
    {
        long done = reader.Read(ref context, ref stream, in ends, payload, nowNs);
        stream.BaseSequence += (uint)done;
        if (done < payload.Length && stream.Mode != StreamMode.Done)
            Keep(ref stream, 0, payload[(int)done..]);
    }

    private void ReadThroughWindow(
        ref FlowContext context, ref StreamState stream, in FlowEnds ends, int offset, ReadOnlySpan<byte> payload, long nowNs)
    {
        int before = stream.Window.Ranges.PrefixBytes;
        if (!Keep(ref stream, offset, payload))
        {
            if (stream.Mode == StreamMode.Resync && offset > 0) RestartAt(ref context, ref stream, in ends, offset, payload, nowNs);
            return;
        }

        if (stream.Window.Ranges.PrefixBytes == before) return;
        ReadOnlySpan<byte> prefix = store.Windows.Prefix(in stream.Window, _prefix);
        long done = reader.Read(ref context, ref stream, in ends, prefix, nowNs);
        stream.BaseSequence += (uint)done;
        if (stream.Mode == StreamMode.Done)
            store.Windows.Release(ref stream.Window);
        else if (done > 0)
            store.Windows.Consume(ref stream.Window, done);
        else if (prefix.Length >= StreamWindows.WindowBytesMax)
            GiveUp(ref stream);
    }

    // After a hole that nothing filled, a segment may begin with a request.
    private void RestartAt(ref FlowContext context, ref StreamState stream, in FlowEnds ends, int offset, ReadOnlySpan<byte> payload, long nowNs)
    {
        stream.BaseSequence += (uint)offset;
        ReadDirectly(ref context, ref stream, in ends, payload, nowNs);
    }

    private bool Keep(ref StreamState stream, int offset, ReadOnlySpan<byte> payload)
    {
        WindowResult result = store.Windows.TryWrite(ref stream.Window, offset, payload);
        for (int i = 0; i < FreeAttemptsMax && result == WindowResult.NoPage && store.TryFreePages(); i++)
            result = store.Windows.TryWrite(ref stream.Window, offset, payload);
        if (result == WindowResult.Kept) return true;

        if (result == WindowResult.NoPage) counters.PagesExhausted++;
        GiveUp(ref stream);
        return false;
    }

    private void GiveUp(ref StreamState stream)
    {
        counters.WindowsExceeded++;
        store.Windows.Release(ref stream.Window);
        reader.LoseTrack(ref stream);
    }

    private InspectOutcome Decide(ref FlowContext context, int index, byte flags, long nowNs)
    {
        if (settings.FollowsConnections) return InspectOutcome.Pending;

        ref StreamState client = ref context.IsReplyFirst ? ref context.Backward : ref context.Forward;
        bool isOver = (flags & (TcpFlags.Fin | TcpFlags.Rst)) != 0;
        bool isSpent = context.Packets > settings.PacketsPerFlowMax || nowNs - context.StartNs > settings.FlowNsMax;
        if (client.Mode != StreamMode.Done && !isOver && !isSpent) return InspectOutcome.Pending;
        if (client.Mode != StreamMode.Done && isSpent) counters.BudgetsSpent++;
        store.Remove(index, nowNs);
        return InspectOutcome.Done;
    }
}
