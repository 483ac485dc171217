using System.Runtime.InteropServices;
using Natflow.Netlink.Model;
using MacBytes = Natflow.Packets.Link.MacAddress;

namespace Natflow.Netlink.Messages;

/// <summary>Reads RTM_NEWNEIGH and RTM_DELNEIGH: struct ndmsg and NDA_* attributes. Total.</summary>
public static class NeighbourParser
{
    internal const int FixedBytes = 12;
    internal const ushort Destination = 1; // NDA_DST

    private const ushort LinkLayerAddress = 2; // NDA_LLADDR
    private const byte FlagProxy = 0x08; // NTF_PROXY

    /// <summary>Reads a message's payload.</summary>
    /// <param name="payload">What follows the netlink header.</param>
    /// <param name="neighbour">The neighbour on <see cref="ParseStatus.Ok"/>.</param>
    /// <returns><see cref="ParseStatus.Ignored"/> for a bridge's forwarding entries and for proxied addresses.</returns>
    public static ParseStatus Parse(ReadOnlySpan<byte> payload, out Neighbour neighbour)
    {
        neighbour = default;
        if (payload.Length < FixedBytes) return ParseStatus.Malformed;
        int widthBits = AddressFamilyNumber.WidthBits(payload[0]);
        if (widthBits == 0 || (payload[10] & FlagProxy) != 0) return ParseStatus.Ignored;
        int linkIndex = MemoryMarshal.Read<int>(payload[4..]);
        if (linkIndex <= 0) return ParseStatus.Malformed;

        IpAddress address = IpAddress.None;
        ulong macAddress = 0;
        var attributes = new AttributeReader(payload[FixedBytes..]);
        while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == Destination && !IpAddress.TryRead(value, out address)) return ParseStatus.Malformed;
            if (type == LinkLayerAddress && value.Length == 6)
                macAddress = MacBytes.Read(value);
        }

        if (attributes.IsMalformed || address.WidthBits != widthBits) return ParseStatus.Malformed;
        neighbour = new Neighbour(linkIndex, address, macAddress, (NeighbourState)MemoryMarshal.Read<ushort>(payload[8..]));
        return ParseStatus.Ok;
    }
}
