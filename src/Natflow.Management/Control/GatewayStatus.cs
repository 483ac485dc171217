namespace Natflow.Management.Control;

/// <summary>What a gateway is and how it is.</summary>
/// <param name="Version">Version of the program.</param>
/// <param name="ProcessId">Process id.</param>
/// <param name="StartedAt">When forwarding began.</param>
/// <param name="State">running, draining.</param>
/// <param name="Config">Path of the configuration file.</param>
/// <param name="Workers">Worker threads.</param>
/// <param name="Shards">Shards.</param>
/// <param name="PublicAddresses">Public addresses in use.</param>
/// <param name="Ports">The ports, by port index.</param>
/// <param name="Notes">What the operator should know: what was set and will be restored, fallbacks.</param>
public sealed record GatewayStatus(
    string Version,
    int ProcessId,
    DateTimeOffset StartedAt,
    string State,
    string Config,
    int Workers,
    int Shards,
    IReadOnlyList<string> PublicAddresses,
    IReadOnlyList<PortStatus> Ports,
    IReadOnlyList<string> Notes)
{
    /// <summary>The journal; null where nothing is kept.</summary>
    public JournalModel? Journal { get; init; }

    /// <summary>What rules about hosts did; null where nothing looks at hosts.</summary>
    public HostRulesModel? HostRules { get; init; }
}

/// <summary>A port of the gateway.</summary>
/// <param name="Index">Port index, as in traces.</param>
/// <param name="Interface">Name of the interface.</param>
/// <param name="Side">lan or wan.</param>
/// <param name="Zone">Zone of its subscribers.</param>
/// <param name="Mode">af_xdp, af_packet, tap.</param>
/// <param name="Queues">The real mode of each queue, and why it is not a better one.</param>
/// <param name="Counters">What the kernel counted for the port, by name.</param>
/// <param name="ReceiveLost">Frames that the kernel dropped because the port's rings had no room: the gateway did not keep up, or had not woken yet.</param>
public sealed record PortStatus(
    int Index,
    string Interface,
    string Side,
    int Zone,
    string Mode,
    IReadOnlyList<string> Queues,
    IReadOnlyDictionary<string, long> Counters,
    ulong ReceiveLost);
