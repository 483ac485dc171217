using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Flows.Shards;
using Natflow.Gateway;
using Natflow.Gateway.Views;

namespace Natflow.Management.Control;

/// <summary>Everything that was counted.</summary>
/// <param name="TranslatedOut">Packets translated from inside to outside.</param>
/// <param name="TranslatedIn">Packets translated from outside to inside.</param>
/// <param name="TranslatedBytes">L3 bytes translated.</param>
/// <param name="Untranslated">Packets forwarded as they were.</param>
/// <param name="PassedToHost">Packets given to the kernel.</param>
/// <param name="Hairpinned">Packets between subscribers by a public address.</param>
/// <param name="FlowsOpened">Flows opened.</param>
/// <param name="FlowsEnded">Flows ended.</param>
/// <param name="Flows">Living flows.</param>
/// <param name="Mappings">Living mappings.</param>
/// <param name="Users">Subscribers.</param>
/// <param name="PortBlocks">Port blocks held.</param>
/// <param name="TableBytes">Memory reserved for tables.</param>
/// <param name="Drops">Dropped packets by reason.</param>
/// <param name="ReceiveLost">Frames that the kernel dropped before the gateway saw them, for want of room in a port's rings.</param>
public sealed record CountersModel(
    ulong TranslatedOut,
    ulong TranslatedIn,
    ulong TranslatedBytes,
    ulong Untranslated,
    ulong PassedToHost,
    ulong Hairpinned,
    ulong FlowsOpened,
    ulong FlowsEnded,
    int Flows,
    int Mappings,
    int Users,
    int PortBlocks,
    long TableBytes,
    IReadOnlyDictionary<DropReason, ulong> Drops,
    ulong ReceiveLost)
{
    /// <summary>The figures of a data plane and of the ports before it.</summary>
    internal static CountersModel Of(DataPlaneReport report, IReadOnlyList<PortStatus> ports)
    {
        ShardCounters counters = report.Counters;
        return new CountersModel(
            counters.TranslatedOut,
            counters.TranslatedIn,
            counters.TranslatedBytes,
            counters.Untranslated,
            counters.PassedToHost,
            counters.Hairpinned,
            counters.FlowsOpened,
            counters.FlowsEnded,
            report.Shards.Sum(static shard => shard.FlowCount),
            report.Shards.Sum(static shard => shard.MappingCount),
            report.Shards.Sum(static shard => shard.UserCount),
            report.Shards.Sum(static shard => shard.LeasedBlockCount),
            report.Shards.Sum(static shard => shard.LengthBytes),
            report.Drops,
            ports.Aggregate(0ul, static (sum, port) => sum + port.ReceiveLost));
    }
}

/// <summary>Some flows.</summary>
/// <param name="Flows">The flows.</param>
/// <param name="HasMore">Whether the limit cut the list.</param>
public sealed record FlowsModel(IReadOnlyList<FlowModel> Flows, bool HasMore);

/// <summary>Some mappings.</summary>
/// <param name="Mappings">The mappings.</param>
/// <param name="HasMore">Whether the limit cut the list.</param>
public sealed record MappingsModel(IReadOnlyList<MappingModel> Mappings, bool HasMore);

/// <summary>A flow, for people and scripts.</summary>
/// <param name="Protocol">tcp, udp, icmp.</param>
/// <param name="Inside">Subscriber's address and port.</param>
/// <param name="External">Public address and port.</param>
/// <param name="Remote">The other end's address and port.</param>
/// <param name="Zone">The subscriber's zone.</param>
/// <param name="State">Conntrack state.</param>
/// <param name="StartedOutside">Whether the first packet came from outside.</param>
/// <param name="Hairpin">Whether the other end is a subscriber too.</param>
/// <param name="PacketsOut">Packets from inside.</param>
/// <param name="PacketsIn">Packets from outside.</param>
/// <param name="BytesOut">L3 bytes from inside.</param>
/// <param name="BytesIn">L3 bytes from outside.</param>
/// <param name="AgeSeconds">Since the first packet.</param>
/// <param name="IdleSeconds">Since the last packet that refreshed it.</param>
/// <param name="ExpiresInSeconds">Until it ends if nothing comes.</param>
/// <param name="Offload">That a PPE forwards it, or why not.</param>
public sealed record FlowModel(
    string Protocol,
    string Inside,
    string External,
    string Remote,
    int Zone,
    string State,
    bool StartedOutside,
    bool Hairpin,
    ulong PacketsOut,
    ulong PacketsIn,
    ulong BytesOut,
    ulong BytesIn,
    double AgeSeconds,
    double IdleSeconds,
    double ExpiresInSeconds,
    OffloadReason Offload)
{
    /// <summary>The model of a view.</summary>
    internal static FlowModel Of(FlowView flow) => new(
        Endpoint.ProtocolName(flow.Protocol),
        Endpoint.Text(flow.InsideAddress, flow.InsidePort),
        Endpoint.Text(flow.ExternalAddress, flow.ExternalPort),
        Endpoint.Text(flow.RemoteAddress, flow.RemotePort),
        flow.Zone,
        flow.State.ToString(),
        flow.StartedOutside,
        flow.IsHairpin,
        flow.PacketsOut,
        flow.PacketsIn,
        flow.BytesOut,
        flow.BytesIn,
        flow.AgeMs / 1000.0,
        flow.IdleMs / 1000.0,
        flow.ExpiresInMs / 1000.0,
        flow.Offload);
}

/// <summary>A mapping, for people and scripts.</summary>
/// <param name="Protocol">tcp, udp, icmp.</param>
/// <param name="Inside">Subscriber's address and port.</param>
/// <param name="External">Public address and port.</param>
/// <param name="Zone">The subscriber's zone.</param>
/// <param name="Uses">Flows, and one for a static mapping.</param>
public sealed record MappingModel(string Protocol, string Inside, string External, int Zone, uint Uses)
{
    /// <summary>The model of a view.</summary>
    internal static MappingModel Of(MappingView mapping) => new(
        Endpoint.ProtocolName(mapping.Protocol),
        Endpoint.Text(mapping.InsideAddress, mapping.InsidePort),
        Endpoint.Text(mapping.ExternalAddress, mapping.ExternalPort),
        mapping.Zone,
        mapping.FlowCount);
}
