using System.Runtime.InteropServices;

namespace Natflow.Offload.Model;

/// <summary>What a PPE counted for an entry since it was bound.</summary>
/// <param name="Packets">Packets forwarded.</param>
/// <param name="Bytes">L3 bytes forwarded.</param>
/// <param name="LastSeenMs">
/// Monotonic clock (CLOCK_MONOTONIC), ms modulo 2^32, of the last packet; on a PPE that keeps no such time, of the last poll that found the counters moved.
/// </param>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
public readonly record struct FoeCounters(ulong Packets, ulong Bytes, uint LastSeenMs)
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 24;
}
