using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Build;

namespace Natflow.Gateway.Tests.Ppe.Differential;

/// <summary>An end of a flow. IPv4 addresses are mapped.</summary>
internal readonly record struct End(UInt128 Address, ushort Port);

/// <summary>One direction of a flow: what its packets have before the gateway, and where they come in.</summary>
internal readonly record struct Direction(End Source, End Destination, byte Protocol, Side Ingress)
{
    /// <summary>The family.</summary>
    internal bool IsIpv6 => Source.Address >> 32 != 0xFFFF;

    /// <summary>How entries name it.</summary>
    internal EntryKey Key => new(
        Ipv6Address.Of(Source.Address), Ipv6Address.Of(Destination.Address), Be(Source.Port), Be(Destination.Port), Protocol);

    /// <summary>Bytes of the IP header and the transport's.</summary>
    internal int HeaderBytes => (IsIpv6 ? 40 : 20) + (Protocol == IpProtocol.Tcp ? 20 : 8);

    private static ushort Be(ushort value) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
}

/// <summary>A flow and its directions.</summary>
/// <param name="Name">For failures: what is done to it.</param>
/// <param name="Start">The direction that opens it.</param>
/// <param name="Answer">The other one.</param>
/// <param name="WayBytes">Largest packet of each direction that its way takes.</param>
internal sealed record DifferentialFlow(string Name, Direction Start, Direction Answer, (ushort Start, ushort Answer) WayBytes);

/// <summary>Addresses of both families from and to frames.</summary>
internal static class Ends
{
    internal static UInt128 V4(uint address) => new(0, 0xFFFF00000000UL | address);

    internal static UInt128 V6(string text)
    {
        Assert.True(Ipv6Address.TryParse(text, out Ipv6Address address));
        return address.ToUInt128();
    }

    /// <summary>Adds the IP header between the ends.</summary>
    internal static PacketBuilder Ip(this PacketBuilder link, in Direction direction, byte hops)
    {
        if (!direction.IsIpv6)
            return link.Ipv4((uint)direction.Source.Address, (uint)direction.Destination.Address, hops);
        byte[] addresses = new byte[32];
        BinaryPrimitives.WriteUInt128BigEndian(addresses, direction.Source.Address);
        BinaryPrimitives.WriteUInt128BigEndian(addresses.AsSpan(16), direction.Destination.Address);
        return link.Ipv6(addresses.AsSpan(0, 16), addresses.AsSpan(16), hops);
    }

    /// <summary>Where the packet begins in a frame with any of the link headers.</summary>
    internal static int L3Offset(ReadOnlySpan<byte> frame)
    {
        int at = 12;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[at..]);
        while (type is 0x8100 or 0x88A8)
            type = BinaryPrimitives.ReadUInt16BigEndian(frame[(at += 4)..]);
        return type == 0x8864 ? at + 10 : at + 2;
    }

    /// <summary>The ends of a packet in a frame.</summary>
    internal static (End Source, End Destination) Of(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> ip = frame[L3Offset(frame)..];
        bool isIpv6 = ip[0] >> 4 == 6;
        ReadOnlySpan<byte> l4 = ip[(isIpv6 ? 40 : 20)..];
        (UInt128 source, UInt128 destination) = isIpv6
            ? (BinaryPrimitives.ReadUInt128BigEndian(ip[8..]), BinaryPrimitives.ReadUInt128BigEndian(ip[24..]))
            : (V4(BinaryPrimitives.ReadUInt32BigEndian(ip[12..])), V4(BinaryPrimitives.ReadUInt32BigEndian(ip[16..])));
        return (new End(source, BinaryPrimitives.ReadUInt16BigEndian(l4)), new End(destination, BinaryPrimitives.ReadUInt16BigEndian(l4[2..])));
    }
}
