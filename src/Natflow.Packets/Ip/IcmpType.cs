namespace Natflow.Packets.Ip;

/// <summary>ICMP types (RFC 792, RFC 950) and the ICMPv6 echo types (RFC 4443).</summary>
public static class IcmpType
{
    /// <summary>Echo reply.</summary>
    public const byte EchoReply = 0;

    /// <summary>Destination unreachable; code 4 carries the next-hop MTU (RFC 1191).</summary>
    public const byte DestinationUnreachable = 3;

    /// <summary>Source quench, deprecated by RFC 6633.</summary>
    public const byte SourceQuench = 4;

    /// <summary>Redirect: valid on one link only, so never translated.</summary>
    public const byte Redirect = 5;

    /// <summary>Echo request.</summary>
    public const byte EchoRequest = 8;

    /// <summary>Time exceeded.</summary>
    public const byte TimeExceeded = 11;

    /// <summary>Parameter problem.</summary>
    public const byte ParameterProblem = 12;

    /// <summary>Timestamp request.</summary>
    public const byte TimestampRequest = 13;

    /// <summary>Address mask reply: the last of the query types 13 to 18.</summary>
    public const byte AddressMaskReply = 18;

    /// <summary>ICMPv6 echo request.</summary>
    public const byte EchoRequestV6 = 128;

    /// <summary>ICMPv6 echo reply.</summary>
    public const byte EchoReplyV6 = 129;

    /// <summary>Requests and replies that carry a query identifier (RFC 5508 section 3).</summary>
    public static bool IsQuery(byte type) =>
        type is EchoReply or EchoRequest or (>= TimestampRequest and <= AddressMaskReply);

    /// <summary>Queries that answer another: echo, timestamp, information and address mask reply.</summary>
    public static bool IsReply(byte type) => type is EchoReply or 14 or 16 or AddressMaskReply;

    /// <summary>Errors that quote a packet and are translated by it (RFC 5508 section 4).</summary>
    public static bool IsError(byte type) => type is DestinationUnreachable or SourceQuench or TimeExceeded or ParameterProblem;
}
