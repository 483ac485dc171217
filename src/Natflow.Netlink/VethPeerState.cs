namespace Natflow.Netlink;

/// <summary>What the other end of a veth pair does with frames that XDP redirects into this end.</summary>
public enum VethPeerState
{
    /// <summary>The interface is no veth, or is not there: the question does not arise.</summary>
    NotVeth,

    /// <summary>The peer polls its ring (NAPI): by an XDP program of its own, or by GRO.</summary>
    Polls,

    /// <summary>The peer does not poll: the kernel drops every frame that XDP redirects to it, and counts none of them where the gateway sees it.</summary>
    DoesNotPoll,

    /// <summary>The peer is in a namespace that cannot be looked into from here.</summary>
    Unknown,
}
