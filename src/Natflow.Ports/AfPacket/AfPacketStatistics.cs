namespace Natflow.Ports.AfPacket;

/// <summary>What the kernel counted for a queue since it was opened.</summary>
/// <param name="SeenCount">Frames meant for the queue, lost ones included. A super-frame counts once.</param>
/// <param name="LostCount">Frames lost because all blocks were full: the worker did not keep up.</param>
/// <param name="FreezeCount">How often the ring ran full.</param>
public readonly record struct AfPacketStatistics(ulong SeenCount, ulong LostCount, ulong FreezeCount);
