namespace Natflow.Portal.Radius;

/// <summary>Kinds of packets (RFC 2865 section 3, RFC 2866 section 3, RFC 5176 section 2.3).</summary>
internal enum RadiusCode : byte
{
    /// <summary>None.</summary>
    None = 0,
    AccessRequest = 1,
    AccessAccept = 2,
    AccessReject = 3,
    AccountingRequest = 4,
    AccountingResponse = 5,
    AccessChallenge = 11,
    DisconnectRequest = 40,
    DisconnectAck = 41,
    DisconnectNak = 42,
    CoaRequest = 43,
    CoaAck = 44,
    CoaNak = 45,
}
