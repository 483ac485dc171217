namespace Natflow.Ports;

/// <summary>A packet I/O attachment: an interface, a capture, a memory queue. Opened and closed by the host; its queues belong to workers.</summary>
public interface IPacketPort : IDisposable
{
    /// <summary>Name in logs, counters and <c>natflow status</c>: the interface or file name.</summary>
    string Name { get; }

    /// <summary>Number of queues; each is polled by exactly one worker.</summary>
    int QueueCount { get; }

    /// <summary>Gives a queue to its worker.</summary>
    /// <param name="index">0 to <see cref="QueueCount"/> - 1.</param>
    IPortQueue Queue(int index);
}
