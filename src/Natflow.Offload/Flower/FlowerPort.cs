namespace Natflow.Offload.Flower;

/// <summary>A port of the gateway as the kernel knows it.</summary>
/// <param name="PortIndex">Index in the gateway's list of ports, as ways out name it.</param>
/// <param name="InterfaceIndex">The kernel's number of the physical interface: VLANs and PPPoE sessions are headers here, not interfaces.</param>
/// <param name="InterfaceName">Its name.</param>
/// <param name="RuleInterfaceIndex">Interface that holds the rules for what arrives: behind a switch its conduit. 0 for the port's own.</param>
/// <param name="RuleInterfaceName">Its name; null for the port's own.</param>
public sealed record FlowerPort(int PortIndex, int InterfaceIndex, string InterfaceName, int RuleInterfaceIndex = 0, string? RuleInterfaceName = null)
{
    internal int RuleIndex => RuleInterfaceIndex != 0 ? RuleInterfaceIndex : InterfaceIndex;

    internal string RuleName => RuleInterfaceName ?? InterfaceName;
}
