namespace Natflow.Flows.Offers;

/// <summary>Why a flow is not offloaded, or that it is. Numbers leave the process: they only grow.</summary>
public enum OffloadReason : byte
{
    /// <summary>No flow.</summary>
    None = 0,

    /// <summary>A PPE forwards it.</summary>
    Offloaded = 1,

    /// <summary>Offered; the PPE has not answered yet.</summary>
    Offered = 2,

    /// <summary>The flow has ended, its entries are still to be taken out.</summary>
    Ending = 3,

    /// <summary>There is no PPE.</summary>
    Disabled = 4,

    /// <summary>TCP is opening or closing, or too few packets were seen.</summary>
    NotEstablished = 5,

    /// <summary>Neither TCP nor UDP.</summary>
    Protocol = 6,

    /// <summary>An application level gateway reads its payload.</summary>
    Helper = 7,

    /// <summary>An inspector still wants its packets.</summary>
    Inspector = 8,

    /// <summary>The user has to log in first.</summary>
    LoginPending = 9,

    /// <summary>The user's policy says drop, or not to offload.</summary>
    Policy = 10,

    /// <summary>The way of one direction is not known.</summary>
    PathPending = 11,

    /// <summary>There are so many ways out that its packets are routed one by one.</summary>
    PathPerPacket = 12,

    /// <summary>Both ends are subscribers, and the PPE got only one of the two flows, cannot rewrite both ends, or cannot meter and mark for both users.</summary>
    Hairpin = 13,

    /// <summary>It changes between IPv4 and IPv6.</summary>
    Nat64 = 14,

    /// <summary>The PPE cannot write the link header of its way.</summary>
    Encapsulation = 15,

    /// <summary>The PPE has no meters.</summary>
    Meter = 16,

    /// <summary>The PPE cannot do what the flow needs.</summary>
    Unsupported = 17,

    /// <summary>The PPE holds as many entries as it may.</summary>
    TableFull = 18,

    /// <summary>Each place in the PPE that the flow may lie in is taken.</summary>
    BucketFull = 19,

    /// <summary>The PPE has another entry for the flow's packets.</summary>
    Duplicate = 20,

    /// <summary>The PPE's driver refused.</summary>
    Refused = 21,

    /// <summary>Too many offers are waiting.</summary>
    RingFull = 22,

    /// <summary>It made room for a faster flow.</summary>
    Evicted = 23,

    /// <summary>Way or policy changed; it is offered again.</summary>
    Stale = 24,

    /// <summary>Somebody else cleared the PPE's table.</summary>
    Lost = 25,
}
