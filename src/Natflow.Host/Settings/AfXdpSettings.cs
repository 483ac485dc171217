namespace Natflow.Host.Settings;

/// <summary><c>natflow.ports.af-xdp</c>.</summary>
public sealed record AfXdpSettings
{
    /// <summary>Frames in each ring of a queue: a power of two, 64 to 4096.</summary>
    public required int RingSize { get; init; }

    /// <summary>Zero-copy mode.</summary>
    public required Requirement ZeroCopy { get; init; }

    /// <summary>XDP in the driver.</summary>
    public required Requirement Native { get; init; }

    /// <summary>XDP_USE_NEED_WAKEUP.</summary>
    public required bool NeedWakeup { get; init; }

    /// <summary>SO_PREFER_BUSY_POLL.</summary>
    public required bool BusyPoll { get; init; }
}
