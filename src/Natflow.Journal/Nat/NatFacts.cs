using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Paths;
using Natflow.Journal.Events;

namespace Natflow.Journal.Nat;

/// <summary>Makes events of the catalogue from what shards hand over.</summary>
internal static class NatFacts
{
    internal static IJournalEvent Of(in NatEvent natEvent, int shard)
    {
        string user = UserText(in natEvent);
        string publicAddress = Text(natEvent.PublicAddressBe);
        return natEvent.Kind switch
        {
            NatEventKind.BlockLeased or NatEventKind.BlockSpilled => new PortBlockAllocated(
                user, natEvent.Zone, shard, publicAddress, natEvent.PublicPort, natEvent.PortCount, natEvent.Kind == NatEventKind.BlockSpilled),
            NatEventKind.BlockReleased => new PortBlockReleased(user, natEvent.Zone, shard, publicAddress, natEvent.PublicPort, natEvent.PortCount),
            NatEventKind.SessionOpened => new SessionOpened(
                user, natEvent.Zone, natEvent.Protocol, natEvent.InsidePort, publicAddress, natEvent.PublicPort, Text(natEvent.RemoteAddressBe), natEvent.RemotePort),
            NatEventKind.SessionClosed => new SessionClosed(
                user, natEvent.Zone, natEvent.Protocol, natEvent.InsidePort, publicAddress, natEvent.PublicPort, Text(natEvent.RemoteAddressBe), natEvent.RemotePort,
                (long)natEvent.BytesOut, (long)natEvent.BytesIn),
            _ => new PoolThresholdReached(shard),
        };
    }

    private static string Text(uint addressBe) => Ipv4Prefix.ToText(BinaryPrimitives.ReverseEndianness(addressBe));

    private static string UserText(in NatEvent natEvent)
    {
        var address = new UInt128(natEvent.UserHigh, natEvent.UserLow);
        return MappedAddress.TryGetIPv4(address, out uint ipv4) ? Ipv4Prefix.ToText(ipv4) : Ipv6Address.Of(address).ToString();
    }
}
