namespace Natflow.Flows.Pcp;

/// <summary>What a client asks for, by whichever protocol. Network byte order.</summary>
internal readonly record struct PcpWish
{
    /// <summary>MAP or PEER.</summary>
    internal PcpOpcode Opcode { get; init; }

    /// <summary>TCP or UDP; 0 for all, to delete.</summary>
    internal byte Protocol { get; init; }

    /// <summary>Subscriber's port; 0 for all, to delete.</summary>
    internal ushort InsidePortBe { get; init; }

    /// <summary>Wanted external address; 0 for any.</summary>
    internal uint SuggestedAddrBe { get; init; }

    /// <summary>Wanted external port; 0 for any.</summary>
    internal ushort SuggestedPortBe { get; init; }

    /// <summary>The peer.</summary>
    internal uint RemoteAddrBe { get; init; }

    /// <summary>The peer's port.</summary>
    internal ushort RemotePortBe { get; init; }

    /// <summary>Proof of ownership.</summary>
    internal PcpNonce Nonce { get; init; }

    /// <summary>Wanted lifetime.</summary>
    internal uint LifetimeSeconds { get; init; }

    /// <summary>No other endpoint will do.</summary>
    internal bool PreferFailure { get; init; }
}
