using Natflow.Core;
using Natflow.Flows;

namespace Natflow.Host.Settings;

/// <summary><c>natflow.nat</c>. <see cref="NatSettingsMapping"/> makes a shard's settings of it.</summary>
public sealed record NatRuleSettings
{
    /// <summary>Whether the uplink's own address is the public one; <see cref="PublicAddresses"/> is empty then.</summary>
    public required bool PublicIsInterface { get; init; }

    /// <summary>Public addresses, host byte order, no duplicates.</summary>
    public required IReadOnlyList<uint> PublicAddresses { get; init; }

    /// <summary>The subscribers' networks; empty means that any source on the LAN side is a subscriber.</summary>
    public required IReadOnlyList<Ipv4Prefix> LanPrefixes { get; init; }

    /// <summary>External ports of dynamic mappings.</summary>
    public required PortRange Ports { get; init; }

    /// <summary>How translations are kept on record.</summary>
    public required NatLogMode Log { get; init; }

    /// <summary>Consecutive blocks of each subscriber where <see cref="Log"/> is deterministic.</summary>
    public required int DeterministicBlocks { get; init; }

    /// <summary>Ports in a block: a power of two, 64 to 4096.</summary>
    public required int PortBlockSize { get; init; }

    /// <summary>Most blocks of one subscriber.</summary>
    public required int BlocksPerUser { get; init; }

    /// <summary>Most flows of one subscriber.</summary>
    public required int FlowsPerUser { get; init; }

    /// <summary>Most new mappings of one subscriber in a second; 0 for no limit.</summary>
    public required int MappingsPerSecondPerUser { get; init; }

    /// <summary>Time before a released block goes to another subscriber.</summary>
    public required TimeSpan PortBlockHold { get; init; }

    /// <summary>Time without flows after which a subscriber is forgotten.</summary>
    public required TimeSpan UserIdle { get; init; }

    /// <summary>Mapping behaviour.</summary>
    public required MappingMode Mapping { get; init; }

    /// <summary>Filtering behaviour for UDP.</summary>
    public required FilteringMode UdpFiltering { get; init; }

    /// <summary>Filtering behaviour for TCP.</summary>
    public required FilteringMode TcpFiltering { get; init; }

    /// <summary>Even ports map to even ports, odd to odd.</summary>
    public required bool PortParity { get; init; }

    /// <summary>A TCP segment from inside without SYN starts a flow.</summary>
    public required bool TcpPickUp { get; init; }

    /// <summary>Unsolicited SYNs are refused after a silence, not merely ignored.</summary>
    public required bool RefuseUnsolicitedSyn { get; init; }

    /// <summary>Packets from outside keep a UDP flow alive.</summary>
    public required bool UdpInboundRefresh { get; init; }

    /// <summary>Destinations that are reached untranslated.</summary>
    public required IReadOnlyList<ExemptSettings> Exempt { get; init; }

    /// <summary>One-to-one addresses.</summary>
    public required IReadOnlyList<StaticNatSettings> Static { get; init; }

    /// <summary>Ports that always lead inside.</summary>
    public required IReadOnlyList<PortForwardSettings> PortForwards { get; init; }

    /// <summary>Idle times.</summary>
    public required TimeoutSettings Timeouts { get; init; }
}
