namespace Natflow.Host.NatTest;

/// <summary>How far a NAT's mapping or filtering depends on the other end (RFC 4787 sections 4.1 and 5).</summary>
public enum NatBehaviour
{
    /// <summary>Could not be found out.</summary>
    Unknown,

    /// <summary>There is no NAT: addresses are the same on both sides. Mapping only.</summary>
    NoNat,

    /// <summary>The same for everyone.</summary>
    EndpointIndependent,

    /// <summary>By address.</summary>
    AddressDependent,

    /// <summary>By address and port.</summary>
    AddressAndPortDependent,
}
