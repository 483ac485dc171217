namespace Natflow.Policy.Control;

/// <summary>A wire between two interfaces: a virtual L2 wire, or a relay between two that keep separate L2 identities.</summary>
/// <param name="Source">Interface of the LAN side.</param>
/// <param name="Destination">Interface of the WAN side.</param>
/// <param name="Family">What it carries.</param>
/// <param name="IsRelay">Whether it is a relay.</param>
public sealed record WireRule(string Source, string Destination, WireFamily Family, bool IsRelay)
{
    /// <summary>The command that makes it.</summary>
    public override string ToString() => $"{(IsRelay ? "relay" : "vline")}_add={Source},{Destination},{Family switch { WireFamily.Ipv4 => "ipv4", WireFamily.Ipv6 => "ipv6", _ => "all" }}";
}
