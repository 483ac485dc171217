namespace Natflow.Flows;

/// <summary>A static mapping: an external port that always leads to one inside endpoint. Host byte order.</summary>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="ExternalAddress">One of the public addresses.</param>
/// <param name="ExternalPort">1 to 65535; one of the dynamic range is given to no subscriber.</param>
/// <param name="InsideAddress">The server's LAN address.</param>
/// <param name="InsidePort">1 to 65535.</param>
/// <param name="Zone">The server's zone.</param>
public sealed record PortForward(
    byte Protocol, uint ExternalAddress, ushort ExternalPort, uint InsideAddress, ushort InsidePort, ushort Zone = 0);
