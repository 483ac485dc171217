namespace Natflow.Flows.Ipv6;

/// <summary>Facts about an IPv6 flow that do not change while it lives.</summary>
[Flags]
public enum Ipv6FlowFlags : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The first packet came from outside.</summary>
    StartedOutside = 1,

    /// <summary>Addresses are rewritten (NPTv6, NAT66): its packets take the slow path.</summary>
    Translated = 2,

    /// <summary>Packets from outside keep the flow alive.</summary>
    InboundRefresh = 4,

    /// <summary>A helper reads what it carries: its packets take the slow path.</summary>
    Helper = 8,

    /// <summary>The user's policy meters or marks packets. Changes with the policy's stamp.</summary>
    Policed = 16,
}
