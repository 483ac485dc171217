using System.Net;

namespace Natflow.Host.NatTest;

/// <summary>What a test found out.</summary>
/// <param name="Server">The server.</param>
/// <param name="Other">Its other address and port, or null where it has none: then only reachability is known.</param>
/// <param name="Local">Own address and port of the mapping test.</param>
/// <param name="Mapped">The same as the server sees it, or null without an answer.</param>
/// <param name="Mapping">Mapping of UDP (RFC 5780 section 4.3).</param>
/// <param name="Filtering">Filtering of UDP (section 4.4).</param>
/// <param name="TcpMapping">Mapping of TCP.</param>
/// <param name="IsHairpinning">Whether a packet to the own mapped endpoint comes back (section 4.5); null where it was not tested.</param>
/// <param name="LifetimeAtLeast">A mapping lives at least this long without traffic (section 4.6); null where it was not tested.</param>
/// <param name="LifetimeBelow">And not this long; null where it outlived the longest probe.</param>
public sealed record NatTestReport(
    IPEndPoint Server,
    IPEndPoint? Other,
    IPEndPoint Local,
    IPEndPoint? Mapped,
    NatBehaviour Mapping,
    NatBehaviour Filtering,
    NatBehaviour TcpMapping,
    bool? IsHairpinning,
    TimeSpan? LifetimeAtLeast,
    TimeSpan? LifetimeBelow)
{
    /// <summary>The server answered, and what was asked of it could be told.</summary>
    public bool IsWhole => Mapped is not null && Mapping != NatBehaviour.Unknown && Filtering != NatBehaviour.Unknown;
}
