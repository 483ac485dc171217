namespace Natflow.Cli.Bench.Pipeline;

/// <summary>One queue's run.</summary>
/// <param name="PacketCount">Packets received.</param>
/// <param name="Ticks">Wall time in timestamp ticks, from the first packet received until the last one left.</param>
/// <param name="WireTicks">Of that, the time to put packets into chunks.</param>
/// <param name="AllocatedBytes">Managed bytes that the worker's thread allocated meanwhile.</param>
internal sealed record BenchResult(long PacketCount, long Ticks, long WireTicks, long AllocatedBytes);
