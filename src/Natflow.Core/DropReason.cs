namespace Natflow.Core;

/// <summary>Why a packet was dropped. Every drop is charged to exactly one of these; the names appear in counters, logs, JSON and docs.</summary>
/// <remarks>The numbers leave the process (counters, journal, PPE counters): never renumber, only append.</remarks>
public enum DropReason : byte
{
    /// <summary>Not dropped.</summary>
    None = 0,

    /// <summary>The frame ends inside a header that its own fields promise.</summary>
    Truncated = 1,

    /// <summary>A header contradicts itself or its protocol: wrong version, header shorter than its minimum.</summary>
    BadHeader = 2,

    /// <summary>A length field lies: a total length shorter than the header or longer than the frame.</summary>
    BadLength = 3,

    /// <summary>More IPv6 extension headers, VLAN tags or options than the parser's bound allows.</summary>
    HeaderChainTooLong = 4,

    /// <summary>The capture's link type is none that Natflow reads.</summary>
    UnknownLinkType = 5,

    /// <summary>The frame is larger than a UMEM chunk or 65,535 bytes.</summary>
    Oversize = 6,

    /// <summary>The handoff ring to the owning shard was full: backpressure drops at RX and never blocks.</summary>
    HandoffRingFull = 7,

    /// <summary>The transmit ring of the egress port was full.</summary>
    TransmitRingFull = 8,

    /// <summary>No free flow entry. A living flow is never evicted to make room (RFC 6888 REQ-11 D).</summary>
    FlowTableFull = 9,

    /// <summary>No free mapping entry.</summary>
    MappingTableFull = 10,

    /// <summary>No free user entry: more subscribers than the shard was sized for.</summary>
    UserTableFull = 11,

    /// <summary>The pool has no free port block for this subscriber's public address.</summary>
    PortsExhausted = 12,

    /// <summary>The subscriber holds all the port blocks that its quota allows (RFC 6888 REQ-4).</summary>
    PortQuotaExceeded = 13,

    /// <summary>The subscriber has as many flows as its quota allows (RFC 6888 REQ-5).</summary>
    FlowQuotaExceeded = 14,

    /// <summary>A packet from outside to a public address and port that no mapping holds.</summary>
    NoMapping = 15,

    /// <summary>A packet from outside that the mapping's filtering does not let in (RFC 4787 section 5).</summary>
    Filtered = 16,

    /// <summary>A TCP segment without SYN that belongs to no known flow.</summary>
    TcpNotSyn = 17,

    /// <summary>TTL or hop limit would reach zero (RFC 1812 section 5.3.1).</summary>
    TtlExpired = 18,

    /// <summary>An IP protocol that cannot be translated (no ports, no helper).</summary>
    UnsupportedProtocol = 19,

    /// <summary>An ICMP type that is neither a query nor an error about a flow (RFC 5508 REQ-11).</summary>
    UnsupportedIcmp = 20,

    /// <summary>An ICMP error about a packet that belongs to no known flow (RFC 5508 REQ-4).</summary>
    IcmpErrorNoFlow = 21,

    /// <summary>An ICMP error whose own checksum, or whose quoted IP header checksum, is wrong (RFC 5508 REQ-3).</summary>
    IcmpErrorBadChecksum = 22,

    /// <summary>A fragment whose first fragment was not seen, or whose context expired.</summary>
    FragmentUnknown = 23,

    /// <summary>The fragment table is full.</summary>
    FragmentTableFull = 24,

    /// <summary>A fragment that is tiny or overlaps a transport header (RFC 1858, RFC 3128).</summary>
    FragmentBad = 25,

    /// <summary>A source or destination address that must not be forwarded (RFC 6890): loopback, unspecified, multicast source …</summary>
    MartianAddress = 26,

    /// <summary>A source address outside the configured LAN prefixes on the LAN side, or inside them on the WAN side.</summary>
    SpoofedSource = 27,

    /// <summary>Neither address belongs to this gateway's LAN or public pool.</summary>
    NoRoute = 28,

    /// <summary>The flow's policy, uplink or neighbour generation is stale and its re-evaluation refused it.</summary>
    StaleGeneration = 29,

    /// <summary>The policy's verdict is drop.</summary>
    Policy = 30,

    /// <summary>The interface's link is down.</summary>
    LinkDown = 31,

    /// <summary>A hairpinned packet met a second hairpin: it would loop.</summary>
    HairpinLoop = 32,

    /// <summary>The next hop's link address did not become known in time.</summary>
    NeighbourUnresolved = 33,

    /// <summary>Too many frames wait for a next hop's link address already (RFC 1122 section 2.3.2.2 asks for at least one).</summary>
    ResolutionQueueFull = 34,

    /// <summary>Larger than the MTU of the way out, and not to be fragmented: an ICMP error goes back (RFC 4787 REQ-13, RFC 4443 section 3.2).</summary>
    PacketTooBig = 35,

    /// <summary>The subscriber opens mappings faster than its quota allows (RFC 6888 REQ-4C).</summary>
    MappingRateExceeded = 36,

    /// <summary>The queue of packets for the box itself was full.</summary>
    HostRingFull = 37,

    /// <summary>A packet that has no counterpart in the other IP version (RFC 7915), or a prefix that cannot be translated (RFC 6296).</summary>
    UntranslatableFamily = 38,

    /// <summary>A protocol helper's bounded buffer was full, or its payload too long to rewrite.</summary>
    HelperLimit = 39,

    /// <summary>No free chunk, or no room beside the burst, for a frame that the gateway makes or keeps: a later fragment, a fragment that waits.</summary>
    NoFreeChunk = 40,

    /// <summary>The user's meter: faster than the user's rate, beyond the burst.</summary>
    RateExceeded = 41,

    /// <summary>The subscriber has to log in first, or no rule lets it pass: TCP is reset or sent to the portal, the rest is dropped.</summary>
    LoginRequired = 42,

    /// <summary>A host rule refuses the name that the flow asks for.</summary>
    HostRefused = 43,

    /// <summary>Of a shard that another node of the cluster owns, or nobody yet: not answered, so that no end takes it for a refusal.</summary>
    ShardElsewhere = 44,
}
