namespace Natflow.Inspect.Observe;

/// <summary>Fields of a TCP header that order a stream.</summary>
/// <param name="Sequence">Sequence number, host order.</param>
/// <param name="Acknowledgement">Acknowledgement number, host order.</param>
/// <param name="Flags">The flag byte.</param>
public readonly record struct TcpSegment(uint Sequence, uint Acknowledgement, byte Flags);
