using System.Runtime.InteropServices;

namespace Natflow.Flows.Fragments;

/// <summary>What the first fragment of a datagram was decided to be.</summary>
/// <param name="Value">The decision, the owner's number.</param>
/// <param name="IdentificationBe">Identification that all fragments get, network order (RFC 7857 section 10).</param>
/// <param name="FirstBytes">IP payload of the first fragment: a later one that starts before its end overlaps it (RFC 1858). 0 where that is not watched.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 8)]
public readonly record struct FragmentContext(uint Value, ushort IdentificationBe, ushort FirstBytes);
