namespace Natflow.Policy.Control;

/// <summary>A direction of a flow in a listing.</summary>
/// <param name="Source">Source address.</param>
/// <param name="Destination">Destination address.</param>
/// <param name="SourcePort">Source port, or the identifier of an ICMP query, host byte order.</param>
/// <param name="DestinationPort">Destination port, or type (high byte) and code of ICMP.</param>
/// <param name="Packets">Packets.</param>
/// <param name="Bytes">L3 bytes.</param>
public readonly record struct ConntrackDirection(IpAddress Source, IpAddress Destination, ushort SourcePort, ushort DestinationPort, ulong Packets, ulong Bytes);
