using Natflow.Core;

namespace Natflow.Ports;

/// <summary>
/// One receive and transmit queue. Called by its worker's thread alone, once a burst; never blocks, never allocates in steady state.
/// </summary>
/// <remarks>
/// Chunks: a received frame's chunk belongs to the caller. A transmitted frame's chunk belongs to the queue, which returns it to its
/// worker's pool when the frame has left. Frames that <see cref="Transmit"/> did not take still belong to the caller.
/// </remarks>
public interface IPortQueue
{
    /// <summary>
    /// Takes waiting frames. Fills <see cref="FrameDescriptor.FrameOffset"/>, <see cref="FrameDescriptor.LengthBytes"/>,
    /// <see cref="FrameDescriptor.PortIndex"/> and <see cref="FrameDescriptor.Flags"/>; everything else is zero.
    /// </summary>
    /// <param name="frames">Room for at most <see cref="FrameDescriptor.BurstMax"/> frames.</param>
    /// <returns>Number of frames written.</returns>
    int Receive(Span<FrameDescriptor> frames);

    /// <summary>Queues frames for sending, in order.</summary>
    /// <param name="frames">The frames; only offset and length are read.</param>
    /// <returns>How many were taken, from the front; the rest did not fit.</returns>
    int Transmit(ReadOnlySpan<FrameDescriptor> frames);

    /// <summary>Descriptor that can be read (poll(2)) when frames wait, for an idle worker to wait on; -1 where there is none.</summary>
    int WaitDescriptor => -1;

    /// <summary>True when no frame will ever come again (a capture was read to its end).</summary>
    bool IsExhausted { get; }
}
