using System.Runtime.InteropServices;

namespace Natflow.Ports.AfXdp;

/// <summary>The kernel's counters of one socket (<c>struct xdp_statistics</c>), since it was opened.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct AfXdpStatistics
{
    /// <summary>Received frames dropped because none of the chunks offered could take them: there was none, or the frame was longer.</summary>
    public ulong ReceiveDropped { get; init; }

    /// <summary>Invalid chunks in the fill ring: a bug here.</summary>
    public ulong ReceiveInvalid { get; init; }

    /// <summary>Invalid frames in the transmit ring: a bug here.</summary>
    public ulong TransmitInvalid { get; init; }

    /// <summary>Received frames dropped because the worker did not keep up.</summary>
    public ulong ReceiveRingFull { get; init; }

    /// <summary>Received frames dropped because no chunk was offered: the pool is too small, or the worker does not keep up.</summary>
    public ulong FillRingEmpty { get; init; }

    /// <summary>Times the transmit ring was found empty.</summary>
    public ulong TransmitRingEmpty { get; init; }

    /// <summary>Received frames that were lost: <see cref="FillRingEmpty"/> tells why some of <see cref="ReceiveDropped"/> were, and adds none.</summary>
    public ulong LostCount => ReceiveDropped + ReceiveRingFull;
}
