namespace Natflow.Flows.Alg;

/// <summary>How an endpoint is written in a payload.</summary>
internal enum EndpointFormat : byte
{
    /// <summary>A whole message that is rewritten anew each time.</summary>
    Message = 0,

    /// <summary>Six numbers with commas (RFC 959 section 5.3.2).</summary>
    HostPort = 1,

    /// <summary>Address, delimiter, port (RFC 2428 section 2).</summary>
    Extended = 2,

    /// <summary>The port alone (RFC 2428 section 3).</summary>
    PortOnly = 3,
}
