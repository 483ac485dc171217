namespace Natflow.Flows;

/// <summary>A one-to-one translation: a whole public address for one inside address, all ports and query identifiers kept, open from outside. Host byte order.</summary>
/// <param name="ExternalAddress">One of the public addresses; nobody else gets ports of it.</param>
/// <param name="InsideAddress">The subscriber's address.</param>
/// <param name="Zone">The subscriber's zone.</param>
public sealed record StaticAddress(uint ExternalAddress, uint InsideAddress, ushort Zone = 0);
