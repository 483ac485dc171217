namespace Natflow.Flows.Users;

/// <summary>A shard saw a subscriber for the first time, or with another MAC or port than before.</summary>
/// <param name="UserIndex">Its entry in the shard.</param>
/// <param name="Address">Its address; IPv4 mapped, host byte order.</param>
/// <param name="Zone">Zone of the LAN port.</param>
/// <param name="PortIndex">The LAN port.</param>
/// <param name="Status">Status that the shard treats it by.</param>
/// <param name="Mac">MAC in the low 48 bits, 0 where it is not known.</param>
public readonly record struct UserNotice(uint UserIndex, UInt128 Address, ushort Zone, byte PortIndex, byte Status, ulong Mac);
