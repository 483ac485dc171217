using Natflow.Core;
using Natflow.Memory;
using Natflow.Ports;

namespace Natflow.Gateway.Flow;

/// <summary>Last stage: sends what was decided to be forwarded, frees what was not. Order is kept; what a full ring does not take is dropped and counted.</summary>
/// <remarks>Its worker's thread.</remarks>
public sealed class FrameEmitter
{
    private readonly IPortQueue _lan;
    private readonly IPortQueue _wan;
    private readonly Umem _umem;
    private readonly ChunkPool _pool;

    /// <summary>Binds the egress queues of a worker.</summary>
    /// <param name="lan">Takes what goes to subscribers.</param>
    /// <param name="wan">Takes what goes outside; may be the same as <paramref name="lan"/>.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="pool">The worker's free chunks.</param>
    public FrameEmitter(IPortQueue lan, IPortQueue wan, Umem umem, ChunkPool pool)
    {
        _lan = lan;
        _wan = wan;
        _umem = umem;
        _pool = pool;
    }

    /// <summary>Sends or frees a burst.</summary>
    /// <param name="frames">Decided frames; nobody's afterwards, but for hairpinned ones, of which the caller has a copy.</param>
    /// <param name="verdicts">One a frame.</param>
    /// <param name="drops">Counts frames that did not fit the transmit ring.</param>
    public void Emit(Span<FrameDescriptor> frames, ReadOnlySpan<Verdict> verdicts, ReasonCounters drops)
    {
        int start = 0;
        int end = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            switch (verdicts[i])
            {
                case Verdict.Forward or Verdict.ForwardUntranslated:
                    if (end != start && frames[i].Key.Side != frames[start].Key.Side && _lan != _wan)
                    {
                        Transmit(frames[start..end], drops);
                        start = end;
                    }

                    if (end != i)
                        frames[end] = frames[i];
                    end++;
                    break;
                case Verdict.Hairpin:
                    break;
                default:
                    _pool.Return(_umem.ChunkOf(frames[i].FrameOffset));
                    break;
            }
        }

        if (end != start)
            Transmit(frames[start..end], drops);
    }

    private void Transmit(Span<FrameDescriptor> frames, ReasonCounters drops)
    {
        IPortQueue egress = frames[0].Key.Side == Side.Lan ? _wan : _lan;
        int sent = egress.Transmit(frames);
        foreach (ref FrameDescriptor frame in frames[sent..])
        {
            drops.Add(DropReason.TransmitRingFull);
            _pool.Return(_umem.ChunkOf(frame.FrameOffset));
        }
    }
}
