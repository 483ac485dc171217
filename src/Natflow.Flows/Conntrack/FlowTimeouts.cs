namespace Natflow.Flows.Conntrack;

/// <summary>Idle times after which a flow ends, by state. The defaults are the RFCs' minimum or recommendation.</summary>
public sealed record FlowTimeouts
{
    /// <summary>UDP seen both ways (RFC 4787 REQ-5c: 5 minutes or more).</summary>
    public TimeSpan Udp { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>UDP seen one way only (RFC 4787 REQ-5); null is as <see cref="Udp"/>.</summary>
    public TimeSpan? UdpOneWay { get; init; }

    /// <summary>UDP to the well-known remote ports of <see cref="NatSettings.UdpShortPorts"/> (RFC 4787 REQ-5a: may be shorter).</summary>
    public TimeSpan UdpShort { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>ICMP queries (RFC 5508 REQ-2: at least 60 s).</summary>
    public TimeSpan IcmpQuery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>TCP established (RFC 5382 REQ-5: at least 2 h 4 min).</summary>
    public TimeSpan TcpEstablished { get; init; } = TimeSpan.FromMinutes(124);

    /// <summary>TCP opening: one SYN seen (RFC 7857 section 2.1: 4 minutes).</summary>
    public TimeSpan TcpOpening { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>TCP closing: FIN of one side seen (RFC 7857 section 2.1: 4 minutes).</summary>
    public TimeSpan TcpClosing { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>TCP after RST or both FIN, and picked up in its middle (RFC 7857 section 2.2: 4 minutes); null is as <see cref="TcpClosing"/>.</summary>
    public TimeSpan? TcpTransitory { get; init; }

    /// <summary>Milliseconds by <see cref="FlowState"/> value, for the shard's table.</summary>
    internal uint[] ToMilliseconds()
    {
        uint[] byState = new uint[256];
        byState[(int)FlowState.IcmpOneWay] = byState[(int)FlowState.IcmpAnswered] = Milliseconds(IcmpQuery);
        byState[(int)FlowState.UdpOneWay] = Milliseconds(UdpOneWay ?? Udp);
        byState[(int)FlowState.UdpSteady] = Milliseconds(Udp);
        byState[(int)FlowState.UdpShortOneWay] = byState[(int)FlowState.UdpShortSteady] = Milliseconds(UdpShort);
        byState[(int)FlowState.TcpInsideInit] = byState[(int)FlowState.TcpOutsideInit] = Milliseconds(TcpOpening);
        byState[(int)FlowState.TcpEstablished] = Milliseconds(TcpEstablished);
        byState[(int)FlowState.TcpInsideFin] = byState[(int)FlowState.TcpOutsideFin] = Milliseconds(TcpClosing);
        byState[(int)FlowState.TcpBothFin] = byState[(int)FlowState.TcpTransitory] = Milliseconds(TcpTransitory ?? TcpClosing);
        return byState;
    }

    // Ages are compared modulo 2^32 ms; half of that keeps "older" and "newer" apart.
    private static uint Milliseconds(TimeSpan time) => (uint)Math.Clamp(time.TotalMilliseconds, 1, int.MaxValue);
}
