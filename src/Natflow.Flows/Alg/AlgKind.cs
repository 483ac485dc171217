namespace Natflow.Flows.Alg;

/// <summary>The application level gateways (RFC 2663 section 2.9): protocols that carry addresses and ports in their payload.</summary>
public enum AlgKind : byte
{
    /// <summary>The payload is nobody's affair.</summary>
    None = 0,

    /// <summary>File transfer, control connection (RFC 959, RFC 2428).</summary>
    Ftp = 1,

    /// <summary>Session initiation (RFC 3261) with session descriptions (RFC 8866).</summary>
    Sip = 2,

    /// <summary>Trivial file transfer (RFC 1350): the server answers from a new port.</summary>
    Tftp = 3,
}
