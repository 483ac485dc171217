namespace Natflow.Cli.Bench.Pipeline;

/// <summary>A run over established flows.</summary>
/// <param name="NanosecondsPerPacket">All workers together.</param>
/// <param name="AllocatedBytesPerPacket">Managed heap.</param>
internal sealed record HitResult(double NanosecondsPerPacket, double AllocatedBytesPerPacket);
