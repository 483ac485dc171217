using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Offers;
using Natflow.Flows.Table;

namespace Natflow.Gateway.Views;

/// <summary>Which flows are wanted; null fields match all. Host byte order.</summary>
/// <param name="Address">The subscriber's, the public or the other end's address.</param>
/// <param name="Port">Any of the three ports.</param>
/// <param name="Protocol">IP protocol.</param>
/// <param name="Offload">Where the flow stands with the PPE. Packets and traces do not look at it.</param>
public sealed record FlowFilter(uint? Address = null, ushort? Port = null, byte? Protocol = null, OffloadReason? Offload = null)
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
            uint addressBe = BinaryPrimitives.ReverseEndianness(address);
            if (flow.InsideAddrBe != addressBe && flow.ExternalAddrBe != addressBe && flow.RemoteAddrBe != addressBe)
                return false;
        }

        if (Port is not { } port)
            return true;
        ushort portBe = BinaryPrimitives.ReverseEndianness(port);
        return flow.InsidePortBe == portBe || flow.ExternalPortBe == portBe || flow.RemotePortBe == portBe;
    }

    /// <summary>Whether a packet's own key is wanted, for packets of no flow.</summary>
    internal bool Matches(in FlowKey key)
    {
        if (Protocol is { } protocol && key.Protocol != protocol)
            return false;
        if (Address is { } address)
        {
            uint addressBe = BinaryPrimitives.ReverseEndianness(address);
            if (key.SrcAddrBe != addressBe && key.DstAddrBe != addressBe)
                return false;
        }

        if (Port is not { } port)
            return true;
        ushort portBe = BinaryPrimitives.ReverseEndianness(port);
        return key.SrcPortBe == portBe || key.DstPortBe == portBe;
    }
}
