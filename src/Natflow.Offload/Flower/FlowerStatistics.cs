namespace Natflow.Offload.Flower;

/// <summary>What the kernel counted for a rule, since it was made.</summary>
/// <param name="Packets">Packets.</param>
/// <param name="Bytes">Bytes as the driver counts them.</param>
/// <param name="IdleMs">Time since the last use, ms.</param>
internal readonly record struct FlowerStatistics(ulong Packets, ulong Bytes, ulong IdleMs);
