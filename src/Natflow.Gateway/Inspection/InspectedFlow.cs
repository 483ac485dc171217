using System.Buffers.Binary;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Inspect.Observe;

namespace Natflow.Gateway.Inspection;

/// <summary>What inspection needs to know of a flow.</summary>
internal readonly struct InspectedFlow
{
    /// <summary>The ends as the one that began sees them: the subscriber's side of the translation.</summary>
    internal FlowEnds Ends { get; private init; }

    /// <summary>The ends of the reply direction, translated: who answers first.</summary>
    internal FlowEnds Reply { get; private init; }

    /// <summary>The subscriber.</summary>
    internal uint UserIndex { get; private init; }

    /// <summary>The other end began.</summary>
    internal bool StartedOutside { get; private init; }

    /// <summary>The flow of an index.</summary>
    internal static InspectedFlow Of(ShardState state, bool isIpv6, uint flowIndex) =>
        isIpv6 ? Of(in state.Ipv6.Flows.Flow(flowIndex)) : Of(in state.Flows.Flow(flowIndex));

    private static InspectedFlow Of(ref readonly FlowRecord flow)
    {
        bool startedOutside = (flow.Flags & FlowFlags.StartedOutside) != FlowFlags.None;
        ushort remotePort = Host(flow.RemotePortBe);
        var inside = new FlowEnds(
            FlowEnds.Map(flow.InsideAddrBe), FlowEnds.Map(flow.RemoteAddrBe), Host(flow.InsidePortBe), remotePort, flow.Protocol, IsIpv6: false, flow.Zone);
        FlowEnds translated = inside with { Client = FlowEnds.Map(flow.ExternalAddrBe), ClientPort = Host(flow.ExternalPortBe) };
        return new InspectedFlow
        {
            Ends = startedOutside ? inside.Reversed : inside,
            Reply = startedOutside ? translated : translated.Reversed,
            UserIndex = flow.UserIndex,
            StartedOutside = startedOutside,
        };
    }

    private static InspectedFlow Of(ref readonly Ipv6FlowRecord flow)
    {
        bool startedOutside = (flow.Flags & Ipv6FlowFlags.StartedOutside) != Ipv6FlowFlags.None;
        var inside = new FlowEnds(flow.Inside, flow.Remote, Host(flow.InsidePortBe), Host(flow.RemotePortBe), flow.Protocol, IsIpv6: true, flow.Zone);
        return new InspectedFlow
        {
            Ends = startedOutside ? inside.Reversed : inside,
            Reply = startedOutside ? inside : inside.Reversed,
            UserIndex = flow.UserIndex,
            StartedOutside = startedOutside,
        };
    }

    private static ushort Host(ushort portBe) => BinaryPrimitives.ReverseEndianness(portBe);
}
