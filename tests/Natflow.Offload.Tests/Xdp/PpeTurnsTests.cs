using Natflow.Offload.Model;
using Natflow.Packets.Build;
using Natflow.Testing;
using Natflow.Testing.Namespaces;
using static Natflow.Offload.Tests.Xdp.PpeFlows;

namespace Natflow.Offload.Tests.Xdp;

/// <summary>Packets of several zones and ways out, one behind the other on a processor: none is taken for the one before it.</summary>
public sealed class PpeTurnsTests
{
    private const int Frames = 400;
    private const int Ways = 3;
    private const ulong HostMac = 0x02_00_00_00_01_03;
    private const ushort PublicPort = 51000;

    [NamespaceTheory]
    [InlineData(20261128)]
    [InlineData(3)]
    public void Frames_OfSeveralLinksAndZones_TakeTheirOwn(int seed)
    {
        using var rig = new PpeRig();
        for (ushort way = 1; way <= Ways; way++)
        {
            rig.Link(way, PpeRig.Ethernet(NextMac(way), PpeRig.GatewayMac));
            _ = rig.Bind(Flow(way, PpeRig.LanZone));
            _ = rig.Bind(Flow(way, zone: 0));
        }

        var prng = new Prng(seed);
        for (int i = 0; i < Frames; i++)
        {
            ushort way = (ushort)(1 + prng.Next(Ways));
            bool isFromLan = prng.Next(2) == 0;

            (int verdict, byte[] frame) = rig.Run(L4(To(Client, Server), way, 443, true), isFromLan);

            Assert.Equal(PpeRig.XdpRedirect, verdict);
            PacketBuilder expected = PacketBuilder.Ethernet(NextMac(Out(way, isFromLan ? PpeRig.LanZone : (ushort)0)), PpeRig.GatewayMac).Ipv4(Public, Server, ttl: 63);
            Assert.Equal(L4(expected, (ushort)(PublicPort + way), 443, true), frame);
        }
    }

    // The same 5-tuple leaves by another link in the other zone.
    private static FoeEntry Flow(ushort way, ushort zone)
    {
        FoeEntry entry = Entry(Client, way, Server, 443, Public, (ushort)(PublicPort + way), Server, 443, 6);
        entry.Zone = zone;
        entry.LinkIndex = Out(way, zone);
        return entry;
    }

    private static ushort Out(ushort way, ushort zone) => (ushort)(1 + ((way + zone) % Ways));

    private static ulong NextMac(ushort way) => HostMac + way;
}
