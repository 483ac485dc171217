using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Offers;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Gateway.Views;

/// <summary>Which flows are wanted; null fields match all. Host byte order.</summary>
/// <param name="Address">The subscriber's, the public or the other end's address: IPv6, or IPv4 mapped into it.</param>
/// <param name="Port">Any of the three ports.</param>
/// <param name="Protocol">IP protocol.</param>
/// <param name="Offload">Where the flow stands with the PPE. Packets and traces do not look at it.</param>
public sealed record FlowFilter(UInt128? Address = null, ushort? Port = null, byte? Protocol = null, OffloadReason? Offload = null)
{
    /// <summary>All flows.</summary>
    public static readonly FlowFilter All = new();

    /// <summary>Whether a flow is wanted.</summary>
    internal bool Matches(ref readonly FlowRecord flow)
    {
        if (Protocol is { } protocol && flow.Protocol != protocol)
            return false;
        if (Address is { } address)
        {
            if (!MappedAddress.TryGetIPv4(address, out uint ipv4))
                return false;
            uint addressBe = BinaryPrimitives.ReverseEndianness(ipv4);
            if (flow.InsideAddrBe != addressBe && flow.ExternalAddrBe != addressBe && flow.RemoteAddrBe != addressBe)
                return false;
        }

        if (Port is not { } port)
            return true;
        ushort portBe = BinaryPrimitives.ReverseEndianness(port);
        return flow.InsidePortBe == portBe || flow.ExternalPortBe == portBe || flow.RemotePortBe == portBe;
    }

    /// <summary>Whether a flow of IPv6 is wanted.</summary>
    internal bool Matches(ShardState state, ref readonly Ipv6FlowRecord flow)
    {
        if (Protocol is { } protocol && flow.Protocol != protocol)
            return false;
        _ = state.Ipv6.TryFindExternal(in flow, out Ipv6Address external, out ushort externalPortBe);
        if (Address is { } address && Ipv6Address.Of(address) is var wanted && flow.Inside != wanted && external != wanted && flow.Remote != wanted)
            return false;
        if (Port is not { } port)
            return true;
        ushort portBe = BinaryPrimitives.ReverseEndianness(port);
        return flow.InsidePortBe == portBe || externalPortBe == portBe || flow.RemotePortBe == portBe;
    }

    /// <summary>Whether a packet's own key is wanted, for packets of no flow.</summary>
    internal bool Matches(in FlowKey key)
    {
        if (Protocol is { } protocol && key.Protocol != protocol)
            return false;
        if (Address is { } address)
        {
            if (!MappedAddress.TryGetIPv4(address, out uint ipv4))
                return false;
            uint addressBe = BinaryPrimitives.ReverseEndianness(ipv4);
            if (key.SrcAddrBe != addressBe && key.DstAddrBe != addressBe)
                return false;
        }

        if (Port is not { } port)
            return true;
        ushort portBe = BinaryPrimitives.ReverseEndianness(port);
        return key.SrcPortBe == portBe || key.DstPortBe == portBe;
    }
}
