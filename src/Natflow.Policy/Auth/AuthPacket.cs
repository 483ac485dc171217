namespace Natflow.Policy.Auth;

/// <summary>What of a flow's first packet the gate looks at.</summary>
/// <param name="IsFromUser">Whether the user sent it; else it is of a flow that was opened from outside.</param>
/// <param name="Source">Source address.</param>
/// <param name="Destination">Destination address.</param>
/// <param name="Protocol">IP protocol.</param>
/// <param name="SourcePort">Host byte order; 0 for protocols without ports.</param>
/// <param name="DestinationPort">Host byte order; 0 for protocols without ports.</param>
public readonly record struct AuthPacket(bool IsFromUser, IpAddress Source, IpAddress Destination, byte Protocol, ushort SourcePort, ushort DestinationPort);
