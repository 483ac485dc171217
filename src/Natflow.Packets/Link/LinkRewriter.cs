using System.Buffers.Binary;

namespace Natflow.Packets.Link;

/// <summary>Changes a link header in place where the packet behind it becomes another one.</summary>
public static class LinkRewriter
{
    private const int AddressBytes = 6;
    private const int PppoeTypeDistance = PppoeHeader.SizeBytes + sizeof(ushort);
    private const int PppoeLengthDistance = 4;

    /// <summary>Exchanges destination and source: the frame goes back to its sender.</summary>
    /// <param name="frame">At least 12 bytes.</param>
    public static void SwapAddresses(Span<byte> frame)
    {
        Span<byte> destination = stackalloc byte[AddressBytes];
        frame[..AddressBytes].CopyTo(destination);
        frame.Slice(AddressBytes, AddressBytes).CopyTo(frame);
        destination.CopyTo(frame[AddressBytes..]);
    }

    /// <summary>Says what the network layer is now: the type in front of it, and the length that a PPPoE header carries.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="l3Offset">Bytes before the packet, at least 14, as parsed.</param>
    /// <param name="etherType"><see cref="EtherType.Ipv4"/> or <see cref="EtherType.Ipv6"/>; PPP's number for it is written behind PPPoE.</param>
    /// <param name="l3Bytes">Bytes of the packet.</param>
    public static void SetPayload(Span<byte> frame, int l3Offset, ushort etherType, int l3Bytes)
    {
        Span<byte> type = frame[(l3Offset - sizeof(ushort))..];
        if (!IsPppoe(frame, l3Offset))
        {
            BinaryPrimitives.WriteUInt16BigEndian(type, etherType);
            return;
        }

        BinaryPrimitives.WriteUInt16BigEndian(type, etherType == EtherType.Ipv6 ? EtherType.PppIpv6 : EtherType.PppIpv4);
        BinaryPrimitives.WriteUInt16BigEndian(frame[(l3Offset - PppoeLengthDistance)..], (ushort)(l3Bytes + PppoeHeader.PppBytes));
    }

    // Where a VLAN tag's type could stand too, it is never PPPoE's: the parser would have stepped over it.
    private static bool IsPppoe(ReadOnlySpan<byte> frame, int l3Offset) =>
        l3Offset >= LinkHeader.EthernetBytes + PppoeHeader.SizeBytes
        && BinaryPrimitives.ReadUInt16BigEndian(frame[(l3Offset - PppoeTypeDistance)..]) == EtherType.PppoeSession;
}
