using Natflow.Core;

namespace Natflow.Inspect.Reassembly;

/// <summary>What the fragments of one datagram have in common (RFC 791 section 3.2, RFC 8200 section 4.5).</summary>
/// <param name="Source">IPv4 mapped.</param>
/// <param name="Destination">IPv4 mapped.</param>
/// <param name="Identification">16 or 32 bits.</param>
/// <param name="Protocol">IPv4: the protocol. IPv6: 0, for only the first fragment's next header counts.</param>
/// <param name="IsIpv6">The family.</param>
internal readonly record struct FragmentKey(Ipv6Address Source, Ipv6Address Destination, uint Identification, byte Protocol, bool IsIpv6);
