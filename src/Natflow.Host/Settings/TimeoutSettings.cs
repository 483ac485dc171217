namespace Natflow.Host.Settings;

/// <summary><c>natflow.nat.timeouts</c>.</summary>
public sealed record TimeoutSettings
{
    /// <summary>TCP established.</summary>
    public required TimeSpan TcpEstablished { get; init; }

    /// <summary>One SYN seen.</summary>
    public required TimeSpan TcpOpening { get; init; }

    /// <summary>FIN seen.</summary>
    public required TimeSpan TcpClosing { get; init; }

    /// <summary>RST seen, or both FIN.</summary>
    public required TimeSpan TcpTransitory { get; init; }

    /// <summary>An unsolicited SYN from outside.</summary>
    public required TimeSpan TcpIncomingSyn { get; init; }

    /// <summary>UDP both ways.</summary>
    public required TimeSpan Udp { get; init; }

    /// <summary>UDP one way.</summary>
    public required TimeSpan UdpOneWay { get; init; }

    /// <summary>UDP by destination port, host byte order.</summary>
    public required IReadOnlyDictionary<ushort, TimeSpan> UdpByPort { get; init; }

    /// <summary>ICMP queries.</summary>
    public required TimeSpan Icmp { get; init; }

    /// <summary>Fragments without their first one.</summary>
    public required TimeSpan Fragment { get; init; }
}
