using Natflow.Core;

namespace Natflow.Flows.Ipv6;

/// <summary>Two prefixes of the same length that stand for each other (RFC 6296).</summary>
/// <param name="Inside">The subscribers'.</param>
/// <param name="Outside">The provider's.</param>
public sealed record Ipv6PrefixPair(Ipv6Prefix Inside, Ipv6Prefix Outside);
