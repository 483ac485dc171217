using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Gateway.Views;
using Natflow.Policy.Control;

namespace Natflow.Gateway.Users;

/// <summary>Flows in the words of <c>natflow_conntrackinfo_ctl</c>.</summary>
internal static class ConntrackLines
{
    /// <summary>A flow's line.</summary>
    internal static ConntrackListing Of(FlowView flow)
    {
        var inside = FlowJudge.AddressOf(flow.InsideAddress);
        var external = FlowJudge.AddressOf(flow.ExternalAddress);
        var remote = FlowJudge.AddressOf(flow.RemoteAddress);
        var outward = new ConntrackDirection(inside, remote, flow.InsidePort, flow.RemotePort, flow.PacketsOut, flow.BytesOut);
        var answer = new ConntrackDirection(remote, external, flow.RemotePort, flow.ExternalPort, flow.PacketsIn, flow.BytesIn);
        bool isReplied = flow.StartedOutside ? flow.PacketsOut != 0 : flow.PacketsIn != 0;
        return new ConntrackListing(
            flow.Protocol,
            (uint)Math.Max(0, flow.ExpiresInMs / 1000),
            flow.Protocol == IpProtocol.Tcp ? StateOf(flow.State) : "",
            flow.StartedOutside ? answer : outward,
            flow.StartedOutside ? outward : answer,
            isReplied,
            IsAssured: isReplied && flow.State is FlowState.TcpEstablished or FlowState.UdpSteady,
            Mark: 0);
    }

    private static string StateOf(FlowState state) => state switch
    {
        FlowState.TcpEstablished => "ESTABLISHED",
        FlowState.TcpTransitory => "CLOSE",
        FlowState.TcpInsideFin or FlowState.TcpOutsideFin => "FIN_WAIT",
        FlowState.TcpBothFin => "TIME_WAIT",
        FlowState.TcpInsideInit or FlowState.TcpOutsideInit => "SYN_SENT",
        _ => "NONE",
    };
}
