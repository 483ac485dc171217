namespace Natflow.Flows.Table;

/// <summary>Facts about a flow that do not change while it lives, but for <see cref="Keeper"/>, which comes with the first answer from inside.</summary>
[Flags]
public enum FlowFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The first packet came from outside (endpoint-independent filtering, port forward).</summary>
    StartedOutside = 1,

    /// <summary>The external port belongs to this flow's destination alone (endpoint-dependent mapping): no mapping record stands behind it.</summary>
    EndpointDependent = 2,

    /// <summary>The remote end is another subscriber behind one of our public addresses.</summary>
    Hairpin = 4,

    /// <summary>Packets from outside keep the flow alive.</summary>
    InboundRefresh = 8,

    /// <summary>The inside end started or answered the flow: it keeps its mapping open for others (RFC 7857 section 7).</summary>
    Keeper = 16,

    /// <summary>The external address is the subscriber's alone (one-to-one): no mapping and no port block stands behind it.</summary>
    OneToOne = 32,

    /// <summary>An application level gateway reads the payload: the hot path leaves each packet to the slow path, and nobody else forwards it.</summary>
    Helper = 64,

    /// <summary>The user's policy meters or marks packets. Changes with the policy's stamp.</summary>
    Policed = 128,
}
