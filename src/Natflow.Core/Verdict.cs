namespace Natflow.Core;

/// <summary>What happens next to a frame.</summary>
public enum Verdict : byte
{
    /// <summary>Not decided yet: goes on to the next stage.</summary>
    Continue = 0,

    /// <summary>Translated and rewritten; transmit on the egress port.</summary>
    Forward = 1,

    /// <summary>Charged to a <see cref="DropReason"/>; the frame's chunk goes back to its pool.</summary>
    Drop = 2,

    /// <summary>For the box itself (ARP, ND, routing protocols, SSH …): given to the kernel unchanged.</summary>
    PassToHost = 3,

    /// <summary>Forwarded without translation (exempt, or not IPv4).</summary>
    ForwardUntranslated = 4,

    /// <summary>Translated outbound, and its destination is one of our own public addresses: goes to the shard that owns that mapping (RFC 4787 REQ-9).</summary>
    Hairpin = 5,

    /// <summary>Turned round in place: the gateway's own answer (an ICMP error, an echo reply) to the frame's sender; transmit on the frame's way, which leads back.</summary>
    Reflect = 6,

    /// <summary>The shard keeps the frame and its chunk for a while: a fragment whose first fragment has not come yet.</summary>
    Held = 7,
}
