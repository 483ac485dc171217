namespace Natflow.Inspect.Apps;

/// <summary>How much a packet's payload proves.</summary>
internal enum EvidenceStrength : byte
{
    /// <summary>Decides at once.</summary>
    Strong = 0,

    /// <summary>Few bits, on the protocol's own port or in a stream: stands at the end, unless something strong came.</summary>
    Backed = 1,

    /// <summary>Few bits on any port: stands at the end, unless another datagram speaks against it. A second packet that says the same decides.</summary>
    Weak = 2,

    /// <summary>Too few bits for one packet: needs a second that says the same.</summary>
    Partial = 3,
}
