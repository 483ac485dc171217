using System.Net;

namespace Natflow.Host.Settings;

/// <summary>One element of <c>natflow.ipv6.nptv6</c>.</summary>
/// <param name="Inside">Prefix on the LAN.</param>
/// <param name="Outside">Prefix outside, of the same length.</param>
public sealed record Nptv6Settings(IPNetwork Inside, IPNetwork Outside);
