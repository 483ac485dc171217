using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Gateway.Views;

namespace Natflow.Gateway.Trace;

/// <summary>Looks at a packet before and after the stages that decide and send it; takes no part in them. Owner thread of the shard.</summary>
internal sealed class FlowTracer(ShardState state, TraceRequest request)
{
    /// <summary>Whether the other end no longer listens.</summary>
    internal bool IsOver => request.End.IsCancellationRequested;

    /// <summary>Whether a frame is to be reported: by its own key, or by that of its flow, so that answers are found by the subscriber's address.</summary>
    internal bool IsWanted(ref readonly FrameDescriptor frame)
    {
        if (frame.Kind is not (PacketKind.Flow or PacketKind.Fragment or PacketKind.IcmpError or PacketKind.OtherIPv4))
            return false;
        if (request.Filter.Matches(in frame.Key))
            return true;
        uint slot = SlotOf(in frame);
        return slot != FlowTable.None && request.Filter.Matches(in state.Flows.Flow(slot >> 1));
    }

    /// <summary>Before the stages.</summary>
    internal TraceStart Begin(ref readonly FrameDescriptor frame, long nowMs) => new(
        frame, FlowOf(in frame, nowMs), [.. Enum.GetValues<DropReason>().Select(state.Drops.Read)]);

    /// <summary>After the stages.</summary>
    /// <param name="start">What was there before.</param>
    /// <param name="verdict">The decision.</param>
    /// <param name="pathIndex">The way, where the frame was forwarded.</param>
    /// <param name="isFastPath">Whether the hot path took it.</param>
    /// <param name="nowMs">Clock, ms.</param>
    internal void End(TraceStart start, Verdict verdict, uint pathIndex, bool isFastPath, long nowMs)
    {
        FrameDescriptor received = start.Frame;
        bool isForwarded = verdict is Verdict.Forward or Verdict.ForwardUntranslated;
        request.Output.TryWrite(new PacketTrace(
            state.Settings.ShardIndex,
            nowMs,
            received.PortIndex,
            received.Key.Side,
            received.Kind,
            received.Key,
            received.TcpFlags,
            received.LengthBytes,
            (received.Flags & FrameFlags.Hairpinned) != FrameFlags.None,
            start.Flow,
            isFastPath,
            verdict,
            Enum.GetValues<DropReason>().Zip(start.Drops).FirstOrDefault(pair => state.Drops.Read(pair.First) != pair.Second).First,
            FlowOf(in received, nowMs),
            isForwarded ? PathOf(pathIndex) : null));
    }

    private PathTrace PathOf(uint index)
    {
        ref PathRecord path = ref state.Paths[index];
        byte[] header = path.HeaderBytes == 0 ? [] : path.Header[^path.HeaderBytes..^2].ToArray();
        return new PathTrace(path.PortIndex, path.State, path.MtuBytes, path.InterfaceIndex, path.NextHop, header);
    }

    private FlowView? FlowOf(ref readonly FrameDescriptor frame, long nowMs)
    {
        uint slot = SlotOf(in frame);
        return slot == FlowTable.None ? null : FlowView.Of(state, slot >> 1, nowMs);
    }

    private uint SlotOf(ref readonly FrameDescriptor frame) =>
        frame.Kind is PacketKind.Flow ? state.Flows.Find(in frame.Key, state.Hash.Of(in frame.Key)) : FlowTable.None;
}
