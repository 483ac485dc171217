using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Model;

namespace Natflow.Offload.Flower;

/// <summary>Turns entries of the model into rules.</summary>
internal static class FlowerRules
{
    /// <summary>Makes a rule; its handle is the caller's to give.</summary>
    /// <param name="settings">Ports and driver.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="path">Its way out.</param>
    /// <param name="rule">The rule.</param>
    /// <returns>False for what tc has no words for, and for ports whose driver takes no rules.</returns>
    internal static bool TryMake(FlowerSettings settings, in FoeEntry entry, in PathRecord path, out FlowerRule rule)
    {
        rule = default;
        if (!LinkRewrite.TryParse(path, out LinkRewrite link) || link.HasPppoe) return false; // tc has no action for PPPoE.
        FlowerPort? ingress = FindIngress(settings, entry.IngressInterface);
        FlowerPort? egress = FindEgress(settings, path.PortIndex);
        if (ingress is null || egress is null || entry.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp) || entry.Kind == FoeKind.IPv6Nat) return false;

        bool isIpv6 = entry.Kind == FoeKind.IPv6Route;
        if (!isIpv6 && !(FlowEncoder.IsMapped(entry.SrcAddr) && FlowEncoder.IsMapped(entry.DstAddr))) return false;
        rule = new FlowerRule
        {
            InterfaceIndex = ingress.RuleIndex,
            InDevice = ingress.RuleName,
            Priority = settings.PriorityOf(isIpv6),
            IsIpv6 = isIpv6,
            Protocol = entry.Protocol,
            Src = isIpv6 ? entry.SrcAddr.ToUInt128() : FlowEncoder.Ipv4(entry.SrcAddr),
            Dst = isIpv6 ? entry.DstAddr.ToUInt128() : FlowEncoder.Ipv4(entry.DstAddr),
            SrcPort = FlowEncoder.Host(entry.SrcPortBe),
            DstPort = FlowEncoder.Host(entry.DstPortBe),
            SrcMac = link.SrcMac,
            DstMac = link.DstMac,
            OutVlan = link.Vlan1,
            InnerOutVlan = link.Vlan2,
            DecrementTtl = settings.DecrementTtl,
            OutInterfaceIndex = egress.InterfaceIndex,
            Cookie = entry.Cookie,
        };
        if (isIpv6) return true;
        rule.NewSrc = FlowEncoder.Ipv4(entry.NewSrcAddr);
        rule.NewDst = FlowEncoder.Ipv4(entry.NewDstAddr);
        rule.NewSrcPort = FlowEncoder.Host(entry.NewSrcPortBe);
        rule.NewDstPort = FlowEncoder.Host(entry.NewDstPortBe);
        return true;
    }

    private static FlowerPort? FindIngress(FlowerSettings settings, int interfaceIndex)
    {
        foreach (FlowerPort port in settings.Ports)
        {
            if (port.InterfaceIndex == interfaceIndex || port.RuleIndex == interfaceIndex) return port;
        }

        return null;
    }

    private static FlowerPort? FindEgress(FlowerSettings settings, int portIndex)
    {
        foreach (FlowerPort port in settings.Ports)
        {
            if (port.PortIndex == portIndex) return port;
        }

        return null;
    }
}
