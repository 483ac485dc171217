namespace Natflow.Host.Settings;

/// <summary>One element of <c>natflow.nat.port-forwards</c>, one for each protocol. Host byte order.</summary>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="ExternalAddress">Public address; null for the first one.</param>
/// <param name="ExternalPort">Port outside.</param>
/// <param name="InsideAddress">Address on the LAN.</param>
/// <param name="InsidePort">Port on the LAN.</param>
/// <param name="Zone">Zone of the inside address.</param>
public sealed record PortForwardSettings(
    byte Protocol, uint? ExternalAddress, ushort ExternalPort, uint InsideAddress, ushort InsidePort, ushort Zone);
