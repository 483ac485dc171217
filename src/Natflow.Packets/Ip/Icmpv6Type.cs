namespace Natflow.Packets.Ip;

/// <summary>ICMPv6 types (RFC 4443, RFC 4861, RFC 2710) and the codes that the gateway itself sends.</summary>
public static class Icmpv6Type
{
    /// <summary>Destination unreachable.</summary>
    public const byte DestinationUnreachable = 1;

    /// <summary>Packet too big: the word behind the checksum is the MTU.</summary>
    public const byte PacketTooBig = 2;

    /// <summary>Time exceeded.</summary>
    public const byte TimeExceeded = 3;

    /// <summary>Parameter problem: the word behind the checksum points at the field.</summary>
    public const byte ParameterProblem = 4;

    /// <summary>Echo request.</summary>
    public const byte EchoRequest = IcmpType.EchoRequestV6;

    /// <summary>Echo reply.</summary>
    public const byte EchoReply = IcmpType.EchoReplyV6;

    /// <summary>First of the types that hosts and routers of one link speak: multicast listener discovery, neighbour discovery.</summary>
    public const byte LinkScopeFirst = 130;

    /// <summary>Last of the types of neighbour discovery and its extensions.</summary>
    public const byte LinkScopeLast = 137;

    /// <summary>Code of destination unreachable: no route.</summary>
    public const byte CodeNoRoute = 0;

    /// <summary>Code of destination unreachable: administratively prohibited.</summary>
    public const byte CodeProhibited = 1;

    /// <summary>Code of destination unreachable: address unreachable.</summary>
    public const byte CodeAddressUnreachable = 3;

    /// <summary>Code of destination unreachable: port unreachable.</summary>
    public const byte CodePortUnreachable = 4;

    /// <summary>Code of destination unreachable: the source address failed the ingress or egress policy.</summary>
    public const byte CodeSourceFailedPolicy = 5;

    /// <summary>Errors are the types below 128 (RFC 4443 section 2.1).</summary>
    public static bool IsError(byte type) => type < 128;

    /// <summary>Errors that RFC 4890 section 4.3.1 wants let through; the rest has no assigned meaning.</summary>
    public static bool IsTransitError(byte type) => type is >= DestinationUnreachable and <= ParameterProblem;

    /// <summary>Echo request and reply, the queries that cross a router.</summary>
    public static bool IsEcho(byte type) => type is EchoRequest or EchoReply;
}
