using System.Numerics;
using Natflow.Bpf;

namespace Natflow.Ports.AfXdp;

/// <summary>How an <c>af_xdp</c> port uses its interface.</summary>
public sealed record AfXdpSettings
{
    /// <summary>Smallest ring.</summary>
    public const int RingSizeMin = 64;

    /// <summary>Largest ring.</summary>
    public const int RingSizeMax = 32768;

    /// <summary>Number of the port in the gateway.</summary>
    public byte PortIndex { get; init; }

    /// <summary>Queues to use, from the first; 0 for all that the interface has. Frames on other queues are dropped and counted.</summary>
    public int QueueCount { get; init; }

    /// <summary>Frames that wait for the worker at most, and again as many for the wire. A power of two from 64 to 32,768.</summary>
    /// <remarks>Below 256 a transmit call sends fewer frames; larger rings hold more frames back. Figures, and what they do not show: the project's README.</remarks>
    public int RingSize { get; init; } = 1024;

    /// <summary>Whether frames may move without a copy.</summary>
    public ZeroCopyMode ZeroCopy { get; init; }

    /// <summary>Makes every fallback an error: the program has to run in the driver, and frames to move without a copy unless that is forbidden.</summary>
    public bool RefusesFallback { get; init; }

    /// <summary>Whether the kernel is called only when it asks to be (<c>XDP_USE_NEED_WAKEUP</c>).</summary>
    public bool UsesNeedWakeup { get; init; } = true;

    /// <summary>Microseconds that a receive call may poll the driver; 0 leaves driver work to interrupts. Needs driver support.</summary>
    public int BusyPollMicroseconds { get; init; }

    /// <summary>Frames that one busy poll may process.</summary>
    public int BusyPollBudget { get; init; } = 64;

    /// <summary>Whether unfinished checksums are finished.</summary>
    public ChecksumCompletion Checksums { get; init; }

    /// <summary>Chunks that a queue may hold at once, with frames or waiting for them: what its worker's pool must have beyond its own needs.</summary>
    public int ChunksPerQueue => 4 * RingSize;

    /// <summary>Throws where a value is out of its range.</summary>
    internal void Check(string interfaceName)
    {
        if (RingSize is < RingSizeMin or > RingSizeMax || !BitOperations.IsPow2(RingSize))
            throw new BpfException($"{interfaceName}: ring size {RingSize} is not a power of two from {RingSizeMin} to {RingSizeMax}");
        if (QueueCount < 0)
            throw new BpfException($"{interfaceName}: {QueueCount} queues are asked for");
        if (BusyPollMicroseconds < 0 || BusyPollBudget is < 1 or > ushort.MaxValue)
            throw new BpfException($"{interfaceName}: busy polling for {BusyPollMicroseconds} µs with a budget of {BusyPollBudget} is out of range");
    }
}
