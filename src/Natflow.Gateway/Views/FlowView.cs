using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Offers;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Gateway.Views;

/// <summary>A flow as operators see it. Addresses, IPv6 or IPv4 mapped into it, and ports in host byte order.</summary>
/// <param name="Protocol">IP protocol.</param>
/// <param name="Zone">The subscriber's zone.</param>
/// <param name="InsideAddress">The subscriber.</param>
/// <param name="InsidePort">Its port or ICMP identifier.</param>
/// <param name="ExternalAddress">The public address.</param>
/// <param name="ExternalPort">The public port or ICMP identifier.</param>
/// <param name="RemoteAddress">The other end.</param>
/// <param name="RemotePort">Its port; 0 for ICMP.</param>
/// <param name="State">Conntrack state.</param>
/// <param name="StartedOutside">Whether the first packet came from outside.</param>
/// <param name="IsHairpin">Whether the other end is a subscriber too.</param>
/// <param name="PacketsOut">Packets from inside.</param>
/// <param name="PacketsIn">Packets from outside.</param>
/// <param name="BytesOut">L3 bytes from inside.</param>
/// <param name="BytesIn">L3 bytes from outside.</param>
/// <param name="AgeMs">Since the first packet.</param>
/// <param name="IdleMs">Since the last packet that refreshed it.</param>
/// <param name="ExpiresInMs">Until it ends if nothing comes; not negative.</param>
/// <param name="Offload">That a PPE forwards it, or why not.</param>
public sealed record FlowView(
    byte Protocol,
    ushort Zone,
    UInt128 InsideAddress,
    ushort InsidePort,
    UInt128 ExternalAddress,
    ushort ExternalPort,
    UInt128 RemoteAddress,
    ushort RemotePort,
    FlowState State,
    bool StartedOutside,
    bool IsHairpin,
    ulong PacketsOut,
    ulong PacketsIn,
    ulong BytesOut,
    ulong BytesIn,
    long AgeMs,
    long IdleMs,
    long ExpiresInMs,
    OffloadReason Offload)
{
    /// <summary>The view of a living flow. Owner thread of the shard.</summary>
    internal static FlowView Of(ShardState state, uint flowIndex, long nowMs)
    {
        ref FlowRecord flow = ref state.Flows.Flow(flowIndex);
        ref FlowColdRecord cold = ref state.Flows.Cold(flowIndex);
        uint idleMs = (uint)nowMs - flow.LastSeenMs;
        return new FlowView(
            flow.Protocol,
            flow.Zone,
            MappedAddress.OfBe(flow.InsideAddrBe),
            Host(flow.InsidePortBe),
            MappedAddress.OfBe(flow.ExternalAddrBe),
            Host(flow.ExternalPortBe),
            MappedAddress.OfBe(flow.RemoteAddrBe),
            Host(flow.RemotePortBe),
            flow.State,
            (flow.Flags & FlowFlags.StartedOutside) != FlowFlags.None,
            (flow.Flags & FlowFlags.Hairpin) != FlowFlags.None,
            flow.PacketsOutLow | ((ulong)cold.PacketsOutHigh << 32),
            flow.PacketsInLow | ((ulong)cold.PacketsInHigh << 32),
            flow.BytesOut,
            flow.BytesIn,
            nowMs - cold.CreatedMs,
            idleMs,
            Math.Max(0, state.IdleLimitMs(in flow) - (long)idleMs),
            state.Offload?.ReasonOf(isIpv6: false, flowIndex) ?? OffloadReason.Disabled);
    }

    /// <summary>The view of a living flow of IPv6. Owner thread of the shard.</summary>
    internal static FlowView OfIpv6(ShardState state, uint flowIndex, long nowMs)
    {
        ref Ipv6FlowRecord flow = ref state.Ipv6.Flows.Flow(flowIndex);
        uint idleMs = (uint)nowMs - flow.LastSeenMs;
        _ = state.Ipv6.TryFindExternal(in flow, out Ipv6Address external, out ushort externalPortBe);
        return new FlowView(
            flow.Protocol,
            flow.Zone,
            flow.Inside.ToUInt128(),
            Host(flow.InsidePortBe),
            external.ToUInt128(),
            Host(externalPortBe),
            flow.Remote.ToUInt128(),
            Host(flow.RemotePortBe),
            flow.State,
            (flow.Flags & Ipv6FlowFlags.StartedOutside) != Ipv6FlowFlags.None,
            state.Ipv6.IsHairpin(in flow),
            flow.PacketsOut,
            flow.PacketsIn,
            flow.BytesOut,
            flow.BytesIn,
            nowMs - flow.CreatedMs,
            idleMs,
            Math.Max(0, state.Ipv6.IdleLimitMs(in flow) - (long)idleMs),
            state.Offload?.ReasonOf(isIpv6: true, flowIndex) ?? OffloadReason.Disabled);
    }

    private static ushort Host(ushort portBe) => BinaryPrimitives.ReverseEndianness(portBe);
}
