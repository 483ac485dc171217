namespace Natflow.Ports.AfPacket;

/// <summary>How an interface is attached through packet sockets.</summary>
public sealed record AfPacketSettings
{
    /// <summary>Name of the interface in the opening thread's network namespace.</summary>
    public required string InterfaceName { get; init; }

    /// <summary>Size of a receive block in bytes: a power of two of at least 128 KiB, so that a super-frame of 64 KiB fits.</summary>
    public int BlockBytes { get; init; } = 256 << 10;

    /// <summary>Receive blocks a queue, 2 or more. The ring holds what comes while the worker is away.</summary>
    public int BlockCount { get; init; } = 16;

    /// <summary>After how many milliseconds, 1 or more, the kernel hands over a block that is not full: the greatest delay of a lone frame.</summary>
    public int BlockTimeoutMs { get; init; } = 1;

    /// <summary>Frames a queue's transmit ring holds, a power of two.</summary>
    public int TransmitSlotCount { get; init; } = 1024;

    /// <summary>How frames are divided where there is more than one queue.</summary>
    public FanoutMode Fanout { get; init; } = FanoutMode.Hash;

    /// <summary>Whether frames go straight to the driver, past the interface's queueing discipline: faster, and what <c>tc qdisc</c> shapes is not applied.</summary>
    public bool BypassesQdisc { get; init; } = true;

    /// <summary>Whether frames to other stations are received too. Ends with the port, whatever ends it.</summary>
    public bool IsPromiscuous { get; init; }

    /// <summary>Descriptor of a loaded socket filter that says what the sockets receive; null for everything.</summary>
    public int? FilterFd { get; init; }
}
