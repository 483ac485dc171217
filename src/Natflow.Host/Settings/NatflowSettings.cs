using Natflow.Management.Api;
using Natflow.Portal;

namespace Natflow.Host.Settings;

/// <summary>Everything an operator can set, as it holds after defaults, types and contradictions were checked. Immutable.</summary>
public sealed record NatflowSettings
{
    /// <summary>The process.</summary>
    public required GatewaySettings Gateway { get; init; }

    /// <summary>Polling threads and shards.</summary>
    public required WorkerSettings Workers { get; init; }

    /// <summary>Interfaces and how frames come and go.</summary>
    public required PortSettings Ports { get; init; }

    /// <summary>Translation of IPv4.</summary>
    public required NatRuleSettings Nat { get; init; }

    /// <summary>IPv6.</summary>
    public required Ipv6Settings Ipv6 { get; init; }

    /// <summary>Rewriting of payloads.</summary>
    public required HelperSettings Helpers { get; init; }

    /// <summary>Port Control Protocol.</summary>
    public required PcpSettings Pcp { get; init; }

    /// <summary>Errors that the gateway sends.</summary>
    public required IcmpSettings Icmp { get; init; }

    /// <summary>What forwards established flows without the gateway.</summary>
    public required OffloadSettings Offload { get; init; }

    /// <summary>Defaults of subscribers.</summary>
    public required UserSettings Users { get; init; }

    /// <summary>Several gateways as one.</summary>
    public required ClusterSettings Cluster { get; init; }
    /// <summary>API, page and metrics by TCP.</summary>
    public required ApiSettings Management { get; init; }

    /// <summary>The login page.</summary>
    public required PortalSettings Portal { get; init; }

    /// <summary>Who may pass, how fast, to where.</summary>
    public required PolicySettings Policy { get; init; }

    /// <summary>What is kept on record.</summary>
    public required JournalSettings Journal { get; init; }

    /// <summary>Looking at flows' first packets.</summary>
    public required InspectSettings Inspect { get; init; }

    /// <summary>Log of what was visited.</summary>
    public required UrlLogSettings UrlLog { get; init; }

    /// <summary>Sizes of the tables.</summary>
    public required CapacitySettings Capacity { get; init; }

    /// <summary>Every key by its path from <c>natflow</c> on, in the order of the reference: value in one spelling, and where it was written.</summary>
    public required IReadOnlyDictionary<string, SettingValue> Values { get; init; }
}
