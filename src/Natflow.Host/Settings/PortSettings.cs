namespace Natflow.Host.Settings;

/// <summary><c>natflow.ports</c>.</summary>
public sealed record PortSettings
{
    /// <summary>Interfaces towards subscribers, at least one.</summary>
    public required IReadOnlyList<LanPortSettings> Lan { get; init; }

    /// <summary>Uplinks, at least one.</summary>
    public required IReadOnlyList<WanPortSettings> Wan { get; init; }

    /// <summary>Whether threads of the kernel receive what arrives (threaded NAPI).</summary>
    public required bool ThreadedNapi { get; init; }

    /// <summary>AF_XDP.</summary>
    public required AfXdpSettings AfXdp { get; init; }

    /// <summary>AF_PACKET.</summary>
    public required AfPacketSettings AfPacket { get; init; }

    /// <summary>Frame memory of a worker.</summary>
    public required UmemSettings Umem { get; init; }
}
