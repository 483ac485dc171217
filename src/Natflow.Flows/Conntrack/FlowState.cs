namespace Natflow.Flows.Conntrack;

/// <summary>
/// State of a flow. TCP follows the machine of RFC 6146 section 3.5.2 as RFC 7857 section 2 asks; UDP and ICMP queries are one-way or steady.
/// </summary>
/// <remarks>Bit 7 marks the steady states, in which a packet without SYN, FIN or RST changes nothing: the hot path tests that bit alone.</remarks>
public enum FlowState : byte
{
    /// <summary>Free entry.</summary>
    None = 0,

    /// <summary>ICMP query without an answer yet.</summary>
    IcmpOneWay = 1,

    /// <summary>UDP seen in one direction.</summary>
    UdpOneWay = 2,

    /// <summary>SYN from inside seen (RFC 6146 "V6 INIT").</summary>
    TcpInsideInit = 3,

    /// <summary>SYN from outside seen (RFC 6146 "V4 INIT").</summary>
    TcpOutsideInit = 4,

    /// <summary>FIN from inside seen; the other direction may go on.</summary>
    TcpInsideFin = 5,

    /// <summary>FIN from outside seen.</summary>
    TcpOutsideFin = 6,

    /// <summary>FIN seen both ways.</summary>
    TcpBothFin = 7,

    /// <summary>RST seen; traffic brings the flow back (a spoofed RST must not end it).</summary>
    TcpTransitory = 8,

    /// <summary>ICMP query that was answered. Not steady in the sense of bit 7: a request from outside must not pass for an answer.</summary>
    IcmpAnswered = 9,

    /// <summary>As <see cref="UdpOneWay"/>, to a remote port with the short timer (RFC 4787 REQ-5a).</summary>
    UdpShortOneWay = 10,

    /// <summary>UDP seen both ways.</summary>
    UdpSteady = 0x82,

    /// <summary>As <see cref="UdpSteady"/>, to a remote port with the short timer.</summary>
    UdpShortSteady = 0x84,

    /// <summary>TCP with SYN seen both ways.</summary>
    TcpEstablished = 0x83,
}
