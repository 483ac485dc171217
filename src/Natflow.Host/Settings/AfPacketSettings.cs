namespace Natflow.Host.Settings;

/// <summary><c>natflow.ports.af-packet</c>.</summary>
public sealed record AfPacketSettings
{
    /// <summary>Bytes of a block of the receive ring: a power of two, 64 KiB to 4 MiB.</summary>
    public required int BlockBytes { get; init; }

    /// <summary>Blocks of the ring of one worker.</summary>
    public required int Blocks { get; init; }

    /// <summary>Longest time a block that is not full waits.</summary>
    public required TimeSpan BlockTimeout { get; init; }
}
