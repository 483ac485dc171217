using Natflow.Core;

namespace Natflow.Offload.Flower;

/// <summary>Rules that try what a driver takes, on addresses that no packet has (RFC 5737, RFC 3849).</summary>
internal static class FlowerProbe
{
    internal const ushort Vlan = 4093;
    internal const ushort InnerVlan = 4094;

    private const uint Client = 0xC0000201; // 192.0.2.1
    private const uint Outside = 0xC6336401; // 198.51.100.1
    private const uint Server = 0xCB007101; // 203.0.113.1
    private const uint OtherServer = 0xCB007102;
    private const ulong Station = 0x0200_0000_0001;
    private const ulong Gateway = 0x0200_0000_0002;
    private static readonly UInt128 Documentation = new(0x20010DB8_00000000, 1);

    internal static FlowerRule Ipv4(FlowerSettings settings, FlowerPort ingress, FlowerPort egress) => new()
    {
        InterfaceIndex = ingress.RuleIndex,
        InDevice = ingress.RuleName,
        Priority = settings.PriorityOf(isIpv6: false),
        Handle = (uint)settings.CapacityEntries + 1, // Beyond the handles of entries.
        Protocol = IpProtocol.Udp,
        Src = Client,
        Dst = Server,
        SrcPort = 9,
        DstPort = 9,
        NewSrc = Outside,
        NewDst = Server,
        NewSrcPort = 10,
        NewDstPort = 9,
        SrcMac = Gateway,
        DstMac = Station,
        DecrementTtl = settings.DecrementTtl,
        OutInterfaceIndex = egress.InterfaceIndex,
    };

    internal static FlowerRule Twice(in FlowerRule rule) => rule with { NewDst = OtherServer, NewDstPort = 11 };

    internal static FlowerRule Ipv6(FlowerSettings settings, in FlowerRule rule) => rule with
    {
        Priority = settings.PriorityOf(isIpv6: true),
        IsIpv6 = true,
        Src = Documentation,
        Dst = Documentation + 1,
        NewSrc = 0,
        NewDst = 0,
        NewSrcPort = 0,
        NewDstPort = 0,
    };
}
