using Natflow.Core;
using Natflow.Offload.Flower;
using Natflow.Offload.Tests.MediaTek;
using Natflow.Packets.Link;

namespace Natflow.Offload.Tests.Flower;

/// <summary>The rules that <c>golden/capture.sh</c> has <c>tc</c> write, as ours.</summary>
internal static class GoldenMessages
{
    internal static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Flower", "golden");

    internal static readonly string[] Rules =
        ["snat-tcp-out", "snat-tcp-in", "snat-udp-out", "twice-udp", "route-tcp", "route-tcp-ttl", "vlan-push", "vlan-pop", "route6-udp"];

    internal static byte[] Read(string name, string? folder = null) => Convert.FromHexString(
        File.ReadAllText(Path.Combine(folder ?? Folder, name + ".hex")).ReplaceLineEndings(""));

    internal static byte[] Encode(string name)
    {
        byte[] buffer = new byte[FlowerEncoder.RequestBytesMax];
        return name switch
        {
            "qdisc" => FlowerEncoder.AddQdisc(buffer, GoldenFlow.LanInterface).ToArray(),
            "flush" => FlowerEncoder.Flush(buffer, GoldenFlow.LanInterface, 100, EtherType.Ipv4).ToArray(),
            "get" => FlowerEncoder.Get(buffer, Rule("snat-tcp-out")).ToArray(),
            "delete" => FlowerEncoder.Delete(buffer, Rule("snat-tcp-out")).ToArray(),
            _ => FlowerEncoder.Add(buffer, Rule(name)).ToArray(),
        };
    }

    internal static FlowerRule Rule(string name)
    {
        FlowerRule rule = Out();
        return name switch
        {
            "snat-tcp-out" => rule,
            "snat-tcp-in" => In(),
            "snat-udp-out" => rule with { Protocol = IpProtocol.Udp },
            "twice-udp" => rule with { Protocol = IpProtocol.Udp, NewDst = 0xC0A80114, NewDstPort = 8443 },
            "route-tcp" => rule with { NewSrc = GoldenFlow.Client, NewSrcPort = 40000 },
            "route-tcp-ttl" => rule with { NewSrc = GoldenFlow.Client, NewSrcPort = 40000, DecrementTtl = true },
            "vlan-push" => rule with { OutVlan = 20 },
            "vlan-pop" => In() with { InVlan = 20 },
            "route6-udp" => rule with
            {
                IsIpv6 = true,
                Protocol = IpProtocol.Udp,
                Src = GoldenFlow.Client6,
                Dst = GoldenFlow.Server6,
                NewSrc = 0,
                NewDst = 0,
                NewSrcPort = 0,
                NewDstPort = 0,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "not a rule"),
        };
    }

    private static FlowerRule Out() => new()
    {
        InterfaceIndex = GoldenFlow.LanInterface,
        InDevice = "lan0",
        Priority = 100,
        Handle = 0x1001,
        Protocol = IpProtocol.Tcp,
        Src = GoldenFlow.Client,
        Dst = GoldenFlow.Server,
        SrcPort = 40000,
        DstPort = 443,
        NewSrc = GoldenFlow.Outside,
        NewDst = GoldenFlow.Server,
        NewSrcPort = 51000,
        NewDstPort = 443,
        SrcMac = GoldenFlow.WanMac,
        DstMac = GoldenFlow.GatewayMac,
        OutInterfaceIndex = GoldenFlow.WanInterface,
        Flags = TcNumber.SkipSoftware,
    };

    private static FlowerRule In() => new()
    {
        InterfaceIndex = GoldenFlow.WanInterface,
        InDevice = "wan0",
        Priority = 100,
        Handle = 0x1002,
        Protocol = IpProtocol.Tcp,
        Src = GoldenFlow.Server,
        Dst = GoldenFlow.Outside,
        SrcPort = 443,
        DstPort = 51000,
        NewSrc = GoldenFlow.Server,
        NewDst = GoldenFlow.Client,
        NewSrcPort = 443,
        NewDstPort = 40000,
        SrcMac = GoldenFlow.LanMac,
        DstMac = GoldenFlow.ClientMac,
        OutInterfaceIndex = GoldenFlow.LanInterface,
        Flags = TcNumber.SkipSoftware,
    };
}
