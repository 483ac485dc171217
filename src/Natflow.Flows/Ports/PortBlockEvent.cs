using System.Runtime.InteropServices;

namespace Natflow.Flows;

/// <summary>What happened to a port block. The numbers leave the process: only append.</summary>
public enum PortBlockEventKind : byte
{
    /// <summary>Leased to a subscriber.</summary>
    Leased = 1,

    /// <summary>Given back.</summary>
    Released = 2,

    /// <summary>The shard's blocks in use reached <see cref="NatSettings.PoolThresholdPercent"/> of all.</summary>
    ThresholdReached = 3,

    /// <summary>Leased on another address than the subscriber's own (<see cref="NatSettings.SpillToOtherAddresses"/>).</summary>
    Spilled = 4,
}

/// <summary>One event of a port block: who had which ports since when (RFC 6888 section 4, RFC 8158 events 16 to 18). 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 32)]
public struct PortBlockEvent
{
    /// <summary>Shard clock, ms.</summary>
    public long TimeMs;

    /// <summary>Subscriber's address, network byte order; 0 for <see cref="PortBlockEventKind.ThresholdReached"/>.</summary>
    public uint UserAddressBe;

    /// <summary>Public address, network byte order; 0 for <see cref="PortBlockEventKind.ThresholdReached"/>.</summary>
    public uint PublicAddressBe;

    /// <summary>First port, host byte order.</summary>
    public ushort FirstPort;

    /// <summary>Number of ports.</summary>
    public ushort PortCount;

    /// <summary>The subscriber's zone.</summary>
    public ushort Zone;

    /// <summary>What happened.</summary>
    public PortBlockEventKind Kind;
}
