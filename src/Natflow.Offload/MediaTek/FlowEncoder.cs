using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Offload.Model;
using Natflow.Packets.Link;

namespace Natflow.Offload.MediaTek;

/// <summary>Turns an entry of the model into one of the engine, as Linux would write it.</summary>
internal static class FlowEncoder
{
    private const ushort SwitchTagHasVlan = 0x100;
    private const byte MeterGroupNone = 0x3F; // MT7621 and MT7623; later chips have 0.

    /// <summary>Whether the engine can do what an entry asks for over a way and port.</summary>
    internal static bool Supports(in FoeEntry entry, in LinkRewrite link, MediaTekPort port)
    {
        if (entry.Protocol is not (IpProtocol.Tcp or IpProtocol.Udp)) return false;
        if (port.SwitchPort != MediaTekPort.NoSwitch && link.VlanCount > 1) return false; // One tag fits into the switch's.
        return entry.Kind switch
        {
            FoeKind.IPv4Nat => IsMapped(entry.SrcAddr) && IsMapped(entry.DstAddr) && IsMapped(entry.NewSrcAddr) && IsMapped(entry.NewDstAddr),
            FoeKind.IPv6Route => true,
            _ => false, // The silicon has no translation of IPv6.
        };
    }

    /// <summary>Makes a bound entry.</summary>
    /// <param name="settings">The chip.</param>
    /// <param name="entry">One that <see cref="Supports"/> lets through.</param>
    /// <param name="link">Way out.</param>
    /// <param name="port">Port of the way out.</param>
    /// <param name="clockTicks">The engine's clock.</param>
    internal static FoeBody Encode(MediaTekSettings settings, in FoeEntry entry, in LinkRewrite link, MediaTekPort port, uint clockTicks)
    {
        var layout = FoeLayout.Of(settings.Soc);
        bool isIpv6 = entry.Kind != FoeKind.IPv4Nat;
        var body = new FoeBody
        {
            Ib1 = new FoeIb1
            {
                State = FoeState.Bind,
                PacketType = (byte)(isIpv6 ? FoePacketType.Ipv6FiveTuple : FoePacketType.Ipv4Hnapt),
                IsUdp = entry.Protocol == IpProtocol.Udp,
                Timestamp = (ushort)(clockTicks & layout.Timestamp.Max),
                IsCacheable = true,
                DecrementTtl = true,
            },
            Ib2 = Ib2(settings, layout, port),
            Src = isIpv6 ? entry.SrcAddr.ToUInt128() : Ipv4(entry.SrcAddr),
            Dst = isIpv6 ? entry.DstAddr.ToUInt128() : Ipv4(entry.DstAddr),
            SrcPort = Host(entry.SrcPortBe),
            DstPort = Host(entry.DstPortBe),
        };
        if (!isIpv6)
        {
            body.NewSrc = Ipv4(entry.NewSrcAddr);
            body.NewDst = Ipv4(entry.NewDstAddr);
            body.NewSrcPort = Host(entry.NewSrcPortBe);
            body.NewDstPort = Host(entry.NewDstPortBe);
        }

        ApplyLink(link, port, isIpv6, ref body);
        return body;
    }

    /// <summary>Writes a way's tags, session and addresses: first VLAN, then PPPoE, then the switch's tag.</summary>
    internal static void ApplyLink(in LinkRewrite link, MediaTekPort port, bool isIpv6, ref FoeBody body)
    {
        ushort type = isIpv6 ? EtherType.Ipv6 : EtherType.Ipv4;
        body.Link.DstMac = link.DstMac;
        body.Link.SrcMac = link.SrcMac;
        body.Link.EtherType = link.HasPppoe ? EtherType.PppoeSession : type;
        body.Link.PppoeSession = link.PppoeSession;
        body.Link.Vlan1 = link.Vlan1;
        body.Link.Vlan2 = link.Vlan2;
        body.Ib1.HasPppoe = link.HasPppoe;
        body.Ib1.VlanLayers = link.VlanCount;
        body.Ib1.VlanTagMode = link.VlanCount != 0;
        if (port.SwitchPort == MediaTekPort.NoSwitch) return;

        body.Link.EtherType = (ushort)((1 << port.SwitchPort) | (link.VlanCount != 0 ? SwitchTagHasVlan : 0));
        body.Ib1.VlanLayers = 1;
        body.Ib1.VlanTagMode = false;
    }

    /// <summary>Whether an address is IPv4 mapped into IPv6.</summary>
    internal static bool IsMapped(Ipv6Address address) => address.ToUInt128() >> 32 == 0xFFFF;

    /// <summary>An IPv4 address mapped into IPv6.</summary>
    internal static Ipv6Address Mapped(uint address) => FromNumber(new UInt128(0, 0xFFFF00000000UL | address));

    /// <summary>An address from a number.</summary>
    internal static Ipv6Address FromNumber(UInt128 address)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Address.SizeBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, address);
        return Ipv6Address.Read(bytes);
    }

    /// <summary>Network order to host order and back.</summary>
    internal static ushort Host(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;

    internal static uint Ipv4(Ipv6Address address) => (uint)address.ToUInt128();

    private static FoeIb2 Ib2(MediaTekSettings settings, FoeLayout layout, MediaTekPort port) => new()
    {
        Queue = port.Queue,
        ForceQueue = true,
        EgressPort = port.Port,
        CountInMib = settings.HasMib,
        PortMeterGroup = settings.Soc is MediaTekSoc.Mt7621 or MediaTekSoc.Mt7623 ? MeterGroupNone : (byte)0,
        PortAccountGroup = (byte)(layout.Generation == 1 ? 0x1F : 0xF),
    };
}
