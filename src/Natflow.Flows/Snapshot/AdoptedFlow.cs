using Natflow.Core;

namespace Natflow.Flows.Snapshot;

/// <summary>What the entries of a PPE that outlived its gateway tell of a flow.</summary>
/// <param name="Inside">Subscriber's address; IPv4 mapped.</param>
/// <param name="Remote">Other end's address.</param>
/// <param name="External">The subscriber's address as the outside sees it.</param>
/// <param name="InsidePortBe">Subscriber's port, network order.</param>
/// <param name="RemotePortBe">Other end's port, network order.</param>
/// <param name="ExternalPortBe">The subscriber's port as the outside sees it, network order.</param>
/// <param name="Zone">The subscriber's zone.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="PacketsOut">Packets from inside that the PPE forwarded.</param>
/// <param name="BytesOut">L3 bytes of them.</param>
/// <param name="PacketsIn">Packets from outside.</param>
/// <param name="BytesIn">L3 bytes of them.</param>
/// <param name="IdleMs">Since the last packet of either direction.</param>
public readonly record struct AdoptedFlow(
    Ipv6Address Inside,
    Ipv6Address Remote,
    Ipv6Address External,
    ushort InsidePortBe,
    ushort RemotePortBe,
    ushort ExternalPortBe,
    ushort Zone,
    byte Protocol,
    ulong PacketsOut,
    ulong BytesOut,
    ulong PacketsIn,
    ulong BytesIn,
    uint IdleMs);
