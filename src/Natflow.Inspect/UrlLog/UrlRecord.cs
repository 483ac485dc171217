using Natflow.Core;
using Natflow.Inspect.Observe;

namespace Natflow.Inspect.UrlLog;

/// <summary>A merged visit. Its text, host then URI, is kept by the log.</summary>
public struct UrlRecord
{
    /// <summary>Nanoseconds of the first hit, by the clock of the observations.</summary>
    public long TimestampNs;

    /// <summary>Source address, chosen by <see cref="UrlTuple"/>; an IPv4 address is mapped.</summary>
    public Ipv6Address Source;

    /// <summary>Destination address, chosen likewise.</summary>
    public Ipv6Address Destination;

    /// <summary>MAC of the first hit, first byte in bits 47 to 40.</summary>
    public ulong Mac;

    /// <summary>Source port of the first hit, host order.</summary>
    public ushort SourcePort;

    /// <summary>Destination port as the client sent it, host order.</summary>
    public ushort DestinationPort;

    /// <summary>Hits merged; wraps at 65536 as the original's.</summary>
    public ushort Hits;

    /// <summary>Bytes of the host; the URI follows it.</summary>
    public ushort HostBytes;

    /// <summary>Bytes of host and URI, at most 2047.</summary>
    public ushort TextBytes;

    /// <summary>HTTP, TLS or QUIC.</summary>
    public ObservationKind Kind;

    /// <summary>The method; None but for HTTP.</summary>
    public UrlMethod Method;

    /// <summary>See <see cref="UrlVisit"/>; of the first hit.</summary>
    public byte AclSlot;

    /// <summary>See <see cref="UrlVisit"/>; of the first hit.</summary>
    public byte AclAction;

    /// <summary>The addresses are IPv6.</summary>
    public bool IsIpv6;

    /// <summary>The host was not in the flow: it is what DNS last called the address.</summary>
    public bool IsInferred;

    internal int TextStart;
    internal uint Hash;
    internal long Previous;
}
