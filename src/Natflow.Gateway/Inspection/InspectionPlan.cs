using Natflow.Actors;
using Natflow.Flows.Shards;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Domains;
using Natflow.Inspect.Observe;
using Natflow.Inspect.UrlLog;

namespace Natflow.Gateway.Inspection;

/// <summary>How the shards inspect. Each shard reserves its own memory by it at start, in use or not, so that it can be switched on later.</summary>
public sealed record InspectionPlan
{
    /// <summary>Gets the batches of records and events: an <see cref="InspectionSink"/>.</summary>
    public required IActorRef Sink { get; init; }

    /// <summary>What flows can be called; shared by the shards, outlives them.</summary>
    public required AppCatalogue Catalogue { get; init; }

    /// <summary>Lists of domains, numbered from 1 in one table, outlives the shards; null where there are none.</summary>
    public DomainTable? Lists { get; init; }

    /// <summary>Makes what decides on a shard's findings; null where nobody does.</summary>
    public Func<ShardState, FindingsHandler>? MakeHandler { get; init; }

    /// <summary>Sizes and budgets of a shard's inspector.</summary>
    public InspectorSettings Inspector { get; init; } = new();

    /// <summary>Sizes and rules of a shard's URL log.</summary>
    public UrlLogSettings UrlLog { get; init; } = new();

    /// <summary>Flows of a shard that are looked at together.</summary>
    public int FlowsMax { get; init; } = 1 << 16;

    /// <summary>Different hosts of a shard's living flows whose names are kept, so that other rules find the flows; 264 bytes each, resident as they come.</summary>
    public int HostsMax { get; init; } = 1 << 16;

    /// <summary>Packets of a flow, with payload or without, after which it is let go.</summary>
    public int PacketsPerFlowMax { get; init; } = 64;

    /// <summary>Time after which a flow is let go.</summary>
    public TimeSpan FlowTimeMax { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>Subscribers of a shard whose DNS answers are kept.</summary>
    public int AnswerUsers { get; init; } = 1 << 12;

    /// <summary>Seed of keyed hashes, from the system's random source.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>What is on at start.</summary>
    public InspectionSwitch Switch { get; init; } = InspectionSwitch.Off;
}
