using Natflow.Core;

namespace Natflow.Packets.Family;

/// <summary>Both addresses of an IPv6 packet.</summary>
/// <param name="Src">Source.</param>
/// <param name="Dst">Destination.</param>
public readonly record struct Ipv6Pair(Ipv6Address Src, Ipv6Address Dst);
