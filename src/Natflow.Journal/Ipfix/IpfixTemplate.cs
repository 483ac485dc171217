namespace Natflow.Journal.Ipfix;

/// <summary>A template of RFC 7011: its id, and the information elements of a record in order with their lengths (IANA's IPFIX registry).</summary>
/// <param name="Id">From 256.</param>
/// <param name="Fields">Element and length in bytes.</param>
internal sealed record IpfixTemplate(ushort Id, IReadOnlyList<(ushort Element, ushort Bytes)> Fields)
{
    private const ushort ObservationTimeMilliseconds = 323;
    private const ushort NatEvent = 230;
    private const ushort IngressVrfId = 234;
    private const ushort PostNatSourceIpv4Address = 225;

    /// <summary>Port block of an IPv4 subscriber (RFC 8158 section 5.6.10).</summary>
    internal static readonly IpfixTemplate Block = new(256, [.. Head, .. SourceIpv4, (PostNatSourceIpv4Address, 4), (361, 2), (362, 2), (IngressVrfId, 4)]);

    /// <summary>Port block of an IPv6 subscriber.</summary>
    internal static readonly IpfixTemplate BlockIpv6 = new(257, [.. Head, .. SourceIpv6, (PostNatSourceIpv4Address, 4), (361, 2), (362, 2), (IngressVrfId, 4)]);

    /// <summary>Session of an IPv4 subscriber (RFC 8158 section 5.6.1).</summary>
    internal static readonly IpfixTemplate Session = new(258, [.. Head, .. SourceIpv4, .. SessionTail]);

    /// <summary>Session of an IPv6 subscriber (RFC 8158 section 5.6.2).</summary>
    internal static readonly IpfixTemplate SessionIpv6 = new(259, [.. Head, .. SourceIpv6, .. SessionTail]);

    /// <summary>The pool's threshold (RFC 8158 section 5.6.11): natThresholdEvent.</summary>
    internal static readonly IpfixTemplate Threshold = new(260, [.. Head, (467, 4)]);

    /// <summary>All of them.</summary>
    internal static readonly IReadOnlyList<IpfixTemplate> All = [Block, BlockIpv6, Session, SessionIpv6, Threshold];

    /// <summary>Bytes of a record.</summary>
    internal int RecordBytes { get; } = Fields.Sum(static field => field.Bytes);

    private static (ushort Element, ushort Bytes)[] Head => [(ObservationTimeMilliseconds, 8), (NatEvent, 1)];

    private static (ushort Element, ushort Bytes)[] SourceIpv4 => [(8, 4)];

    private static (ushort Element, ushort Bytes)[] SourceIpv6 => [(27, 16)];

    // protocolIdentifier, postNATSourceIPv4Address, source ports, destination address before and after, destination ports, volumes, ingressVRFID.
    private static (ushort Element, ushort Bytes)[] SessionTail =>
        [(4, 1), (PostNatSourceIpv4Address, 4), (7, 2), (227, 2), (12, 4), (226, 4), (11, 2), (228, 2), (231, 8), (232, 8), (IngressVrfId, 4)];
}
