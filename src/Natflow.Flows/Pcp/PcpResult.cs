namespace Natflow.Flows.Pcp;

/// <summary>PCP result codes (RFC 6887 section 7.4).</summary>
public enum PcpResult : byte
{
    /// <summary>Done.</summary>
    Success = 0,

    /// <summary>A version that is not spoken here.</summary>
    UnsupportedVersion = 1,

    /// <summary>Forbidden: somebody else's address or nonce, a static mapping, or the subscriber's policy.</summary>
    NotAuthorized = 2,

    /// <summary>The request contradicts itself.</summary>
    MalformedRequest = 3,

    /// <summary>An operation that is not done here.</summary>
    UnsupportedOpcode = 4,

    /// <summary>A mandatory option that is not done here.</summary>
    UnsupportedOption = 5,

    /// <summary>An option that contradicts itself.</summary>
    MalformedOption = 6,

    /// <summary>There is no usable external address now.</summary>
    NetworkFailure = 7,

    /// <summary>No table entry or no port is free.</summary>
    NoResources = 8,

    /// <summary>Neither TCP nor UDP, or all ports at once.</summary>
    UnsupportedProtocol = 9,

    /// <summary>The subscriber has all that its quota allows.</summary>
    UserExceededQuota = 10,

    /// <summary>The suggested external endpoint is not free, and no other is wanted.</summary>
    CannotProvideExternal = 11,

    /// <summary>The request says another source than it came from: a NAT lies between.</summary>
    AddressMismatch = 12,

    /// <summary>More peers than can be filtered.</summary>
    ExcessiveRemotePeers = 13,
}
