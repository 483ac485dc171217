using Natflow.Core;
using Natflow.Ports;

namespace Natflow.Gateway.Tests;

/// <summary>A queue that fails when told to.</summary>
internal sealed class FaultyQueue(IPortQueue inner) : IPortQueue
{
    internal int FailuresLeft { get; set; }

    public bool IsExhausted => inner.IsExhausted;

    public int Receive(Span<FrameDescriptor> frames)
    {
        if (FailuresLeft == 0)
            return inner.Receive(frames);
        FailuresLeft--;
        throw new InvalidOperationException("the queue fails, as it was told to");
    }

    public int Transmit(ReadOnlySpan<FrameDescriptor> frames) => inner.Transmit(frames);
}
