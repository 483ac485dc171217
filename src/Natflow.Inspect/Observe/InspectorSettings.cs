namespace Natflow.Inspect.Observe;

/// <summary>Sizes and budgets of an inspector. All memory is reserved by them at start.</summary>
public sealed record InspectorSettings
{
    /// <summary>Flows that are looked at together; the one unseen longest gives way.</summary>
    public int FlowCapacity { get; init; } = 1 << 16;

    /// <summary>Most bytes of payload that wait for others, over all flows.</summary>
    public int BufferBytes { get; init; } = 32 << 20;

    /// <summary>Observations that a batch holds.</summary>
    public int BatchCapacity { get; init; } = 4096;

    /// <summary>Bytes of text that a batch holds.</summary>
    public int BatchTextBytes { get; init; } = 4 << 20;

    /// <summary>Datagrams in fragments that are put together at once.</summary>
    public int FragmentedDatagrams { get; init; } = 256;

    /// <summary>
    /// Follow each connection to its end, both ways, with all its requests: for captures. Without it a flow is done as soon as its first payload is
    /// decided, so that it can be offloaded.
    /// </summary>
    public bool FollowsConnections { get; init; }

    /// <summary>Packets with payload that a flow may take before it is let go.</summary>
    public int PacketsPerFlowMax { get; init; } = 64;

    /// <summary>Nanoseconds after its first payload at which a flow is let go.</summary>
    public long FlowNsMax { get; init; } = 8_000_000_000;

    /// <summary>Requests of one connection that are reported before it is let go.</summary>
    public int RequestsPerFlowMax { get; init; } = 1;

    /// <summary>Report DNS answers, for names of flows that have none of their own.</summary>
    public bool ReportsAnswers { get; init; } = true;

    /// <summary>Seed of the keyed hash; from the system's random source in production.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Settings that see everything in a capture, as far as memory goes.</summary>
    public static InspectorSettings ForCaptures { get; } = new()
    {
        FlowCapacity = 1 << 18,
        BufferBytes = 256 << 20,
        FragmentedDatagrams = 4096,
        FollowsConnections = true,
        PacketsPerFlowMax = int.MaxValue,
        FlowNsMax = long.MaxValue,
        RequestsPerFlowMax = int.MaxValue,
        ReportsAnswers = false,
    };
}
