namespace Natflow.Packets.Family;

/// <summary>Type and code of a message in the other IP version.</summary>
/// <param name="Type">ICMP or ICMPv6 type.</param>
/// <param name="Code">Code.</param>
/// <param name="FieldOffset">For a parameter problem, the byte of the header that it points at.</param>
public readonly record struct IcmpFamilyMessage(byte Type, byte Code, byte FieldOffset);
